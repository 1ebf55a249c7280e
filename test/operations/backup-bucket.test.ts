import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import S3rver from 's3rver'
import { fetchContent, filesIn, PNG, sendForm } from '../files/stage'
import { runCli } from '../helpers/cli'
import { createDatabase, dropDatabase } from '../helpers/database'
import { onlyInDepth } from '../helpers/depth'
import { scratchFolder } from '../helpers/scratch'
import type { Person, World } from '../helpers/world'
import { startWorld } from '../helpers/world'
import { clientMajor } from './client-programs'

/** More than a part of an upload to a bucket. */
const LONG = Buffer.alloc(6_000_000, 'tea ')

describe('the files of a backup that are in a bucket (TEST_DEPTH=2)', function () {
  this.timeout(180_000)
  const [directory, backups] = [scratchFolder('backup-s3'), scratchFolder('backup-of-s3')]
  const server = new S3rver({
    ...{ address: '127.0.0.1', port: 0, silent: true, directory },
    configureBuckets: ['first', 'second'].map((name) => ({ name, configs: [] }))
  })
  const file = path.join(backups, 'all.dump')
  const beside = `${file}.files`
  let endpoint: string
  let world: World
  let owner: Person
  let ids: string[]
  before(async function () {
    onlyInDepth(this)
    const { port } = await server.run()
    endpoint = `http://127.0.0.1:${port}`
    process.env.AWS_ACCESS_KEY_ID = process.env.AWS_SECRET_ACCESS_KEY = 'S3RVER'
    world = await startWorld({ settings: inBucket('first') })
    const [{ version }] = (await world.sql(`select current_setting('server_version_num')::int / 10000 as version`)) as [{ version: number }] // prettier-ignore
    // pg_dump saves no server that is newer than itself.
    if (clientMajor < version) this.skip()
    owner = await world.person('owner')
    ids = [await upload(PNG), await upload('tea'), await upload(LONG)]
  })
  after(async () => {
    await world?.close()
    delete process.env.AWS_ACCESS_KEY_ID
    delete process.env.AWS_SECRET_ACCESS_KEY
    if (endpoint) await server.close()
  })

  const inBucket = (bucket: string) => ({
    files: { storage: 's3' as const, s3: { bucket, endpoint, prefix: 'shop/', path_style: true } }
  })
  const upload = async (bytes: Buffer | string): Promise<string> =>
    (await sendForm(world.url, owner, { bytes })).body.id
  const run = (name: string, { url = world.database, bucket = 'first', args = [] as string[] } = {}) => {
    const env = { FILES_STORAGE: 's3', FILES_S3_BUCKET: bucket, FILES_S3_ENDPOINT: endpoint, FILES_S3_PREFIX: 'shop/', FILES_S3_PATH_STYLE: 'true' } // prettier-ignore
    return runCli(name, [file, ...args], { url, env })
  }
  const kept = async (id: string) => path.join(beside, id.slice(-2), id)
  const objectsIn = async (bucket: string) =>
    (await filesIn(path.join(directory, bucket))).filter((one) => one.endsWith('._S3rver_object')).length

  it('are copied beside the dump, each as its row says, and once only', async () => {
    const { code, out } = await run('backup')
    assert.deepEqual([code, /Files: 3 are in .*all\.dump\.files\./.test(out)], [0, true], out)
    assert.deepEqual((await filesIn(beside)).map((one) => path.basename(one)).sort(), [...ids].sort())
    const more = await upload('kettle')
    const again = await run('backup')
    assert.deepEqual([again.code, (await filesIn(beside)).length], [0, 4], again.out)
    await world.as('owner').delete(`/files/${more}`)
    assert.equal((await run('backup')).code, 0)
    assert.equal((await run('backup-verify')).code, 0)
  })

  it('are restored into another bucket, and served from there', async () => {
    const url = await createDatabase('template0')
    const { code, out } = await run('restore', { url, bucket: 'second' })
    assert.deepEqual([code, /Files: 3 as they are in .*, 3 of them new/.test(out)], [0, true], out)
    assert.equal(await objectsIn('second'), 3)
    const secret_key = world.app.get('secret_key')
    const restored = await startWorld({ database: url, settings: { ...inBucket('second'), secret_key } })
    for (const [index, bytes] of [PNG, Buffer.from('tea'), LONG].entries())
      assert.ok((await fetchContent(restored.url, ids[index]!, owner)).bytes.equals(bytes))
    await restored.close(true)
    const again = await run('restore', { url, bucket: 'second', args: ['--replace'] })
    assert.deepEqual([again.code, /of them new/.test(again.out)], [0, false], again.out)
    await dropDatabase(url)
  })

  it('that are not what their rows say are named, and are not put into a bucket', async () => {
    await writeFile(await kept(ids[1]!), 'eat')
    const verified = await run('backup-verify')
    assert.deepEqual([verified.code, verified.out.includes(`not what the database says: ${ids[1]}\n`)], [1, true], verified.out) // prettier-ignore
    await world.app.get('fileStore').storage.remove(ids[1]!)
    const [url, had] = [await createDatabase('template0'), await objectsIn('first')]
    const { code, out } = await run('restore', { url })
    assert.deepEqual([code, out.includes(`not what the database says: ${ids[1]}\n`)], [1, true], out)
    assert.equal(await objectsIn('first'), had)
    await dropDatabase(url)
  })

  it('that are lost when the backup is made are named, and it is made all the same', async () => {
    await writeFile(await kept(ids[1]!), 'cut')
    await world.app.get('fileStore').storage.remove(ids[2]!)
    const lost = ['--files', scratchFolder('backup-s3-lost')]
    const { code, out } = await run('backup', { args: lost })
    assert.equal(code, 1, out)
    for (const id of [ids[1]!, ids[2]!]) assert.match(out, new RegExp(`Files that are not there: .*${id}`))
    assert.match(out, /Wrote/)
  })
})
