import assert from 'node:assert/strict'
import { cp, readdir, rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { fetchContent, filesIn, PNG, sendForm } from '../files/stage'
import { runCli } from '../helpers/cli'
import { createDatabase, dropDatabase } from '../helpers/database'
import { onlyInDepth } from '../helpers/depth'
import { scratchFolder } from '../helpers/scratch'
import type { Person, World } from '../helpers/world'
import { startWorld } from '../helpers/world'
import { clientMajor } from './client-programs'

describe('the files of a backup (TEST_DEPTH=2)', function () {
  this.timeout(180_000)
  const [folder, backups] = [scratchFolder('backup-kept'), scratchFolder('backup-files')]
  const file = path.join(backups, 'all.dump')
  const beside = `${file}.files`
  let world: World
  let owner: Person
  let ids: string[]
  before(async function () {
    onlyInDepth(this)
    world = await startWorld({ settings: { files: { folder } } })
    const [{ version }] = (await world.sql(`select current_setting('server_version_num')::int / 10000 as version`)) as [{ version: number }] // prettier-ignore
    // pg_dump saves no server that is newer than itself.
    if (clientMajor < version) this.skip()
    owner = await world.person('owner')
    ids = [await upload(PNG), await upload('tea'), await upload('mugs')]
  })
  after(() => world?.close())

  const upload = async (bytes: Buffer | string): Promise<string> =>
    (await sendForm(world.url, owner, { bytes })).body.id
  const run = (name: string, args: readonly string[] = [], { url = world.database, files = folder, ...env }: Record<string, string> = {}) =>
    runCli(name, [file, ...args], { url, env: { FILES_FOLDER: files, ...env } }) // prettier-ignore
  const saved = async (): Promise<string[]> => (await filesIn(beside)).map((one) => path.basename(one)).sort()

  it('are copied beside the dump under their ids, and once only', async () => {
    const { code, out } = await run('backup')
    assert.equal(code, 0, out)
    assert.match(out, /Files: 3 are in .*all\.dump\.files\./)
    assert.deepEqual(await saved(), [...ids].sort())
    assert.deepEqual((await readdir(backups)).sort(), ['all.dump', 'all.dump.files'])
    const shared = path.join(backups, 'shared')
    await cp(beside, shared, { recursive: true })
    const more = await upload('kettle')
    const again = await run('backup', ['--files', shared])
    assert.deepEqual([again.code, (await filesIn(shared)).length], [0, 4], again.out)
    await world.as('owner').delete(`/files/${more}`)
    await rm(shared, { recursive: true })
    assert.equal((await run('backup')).code, 0)
  })

  it('are verified: each is there with the content that its row says', async () => {
    const { code, out } = await run('backup-verify')
    assert.deepEqual([code, /Files: 3 compared with/.test(out)], [0, true], out)
    const [gone, changed] = [path.join(beside, ids[0]!.slice(-2), ids[0]!), path.join(beside, ids[1]!.slice(-2), ids[1]!)] // prettier-ignore
    await rename(gone, `${gone}.aside`)
    await writeFile(changed, 'eat')
    const wrong = await run('backup-verify')
    assert.equal(wrong.code, 1)
    assert.ok(wrong.out.includes(`Files that are not there: ${ids[0]}\n`), wrong.out)
    assert.ok(wrong.out.includes(`Files whose content is not what the database says: ${ids[1]}\n`), wrong.out)
    await rename(`${gone}.aside`, gone)
    await writeFile(changed, 'tea')
    assert.equal((await run('backup-verify')).code, 0)
  })

  it('are restored with their rows, each as it was; one that is lost is named', async () => {
    const files = scratchFolder('backup-restored')
    const url = await createDatabase('template0')
    const { code, out } = await run('restore', [], { url, files })
    assert.deepEqual([code, /Files: 3 as they are in .*, 3 of them new/.test(out)], [0, true], out)
    const restored = await startWorld({ database: url, settings: { files: { folder: files }, secret_key: world.app.get('secret_key') } }) // prettier-ignore
    assert.ok((await fetchContent(restored.url, ids[0]!, owner)).bytes.equals(PNG))
    assert.equal(String((await fetchContent(restored.url, ids[1]!, owner)).bytes), 'tea')
    await restored.close(true)
    await dropDatabase(url)
    const lost = path.join(beside, ids[2]!.slice(-2), ids[2]!)
    await rm(lost)
    const [other, elsewhere] = [await createDatabase('template0'), scratchFolder('backup-lost')]
    const said = await run('restore', [], { url: other, files: elsewhere })
    assert.deepEqual([said.code, said.out.includes(`Files that are not there: ${ids[2]}\n`)], [1, true], said.out) // prettier-ignore
    assert.equal((await filesIn(elsewhere)).length, 2)
    await dropDatabase(other)
  })

  it('that are lost when the backup is made are named, and it is made all the same', async () => {
    await world.app.get('fileStore').storage.remove(ids[2]!)
    const { code, out } = await run('backup')
    assert.deepEqual([code, out.includes(`Files that are not there: ${ids[2]}\n`), /Wrote/.test(out)], [1, true, true], out) // prettier-ignore
  })

  it('are left out where that is asked for', async () => {
    for (const name of ['backup', 'backup-verify']) {
      const { code, out } = await run(name, ['--files', 'none'])
      assert.deepEqual([code, /Files: left out\./.test(out)], [0, true], out)
    }
  })
})
