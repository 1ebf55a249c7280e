import assert from 'node:assert/strict'
import S3rver from 's3rver'
import { scratchFolder } from '../helpers/scratch'
import type { World } from '../helpers/world'
import { openStage } from '../modules/stage'
import { fetchContent, filesIn, PNG, sendForm, stageOf } from './stage'
import { idOf, tusClient } from './tus-client'

describe('files in a bucket', () => {
  const directory = scratchFolder('s3')
  const server = new S3rver({ address: '127.0.0.1', port: 0, silent: true, directory, configureBuckets: [{ name: 'bucket', configs: [] }] }) // prettier-ignore
  let world: World
  before(async () => {
    const { port } = await server.run()
    process.env.AWS_ACCESS_KEY_ID = process.env.AWS_SECRET_ACCESS_KEY = 'S3RVER'
    const s3 = { bucket: 'bucket', endpoint: `http://127.0.0.1:${port}`, prefix: 'tea/', path_style: true }
    world = await openStage(stageOf({ storage: 's3', s3 }))
  })
  after(async () => {
    await world?.close()
    delete process.env.AWS_ACCESS_KEY_ID
    delete process.env.AWS_SECRET_ACCESS_KEY
    await server.close()
  })
  const objects = async () => (await filesIn(directory)).filter((file) => file.endsWith('._S3rver_object')).length // prettier-ignore

  it('are kept there, sent in ranges, and go with their rows', async () => {
    const owner = await world.person('owner')
    const { body } = await sendForm(world.url, owner, { bytes: PNG })
    assert.equal(await objects(), 1)
    assert.deepEqual((await fetchContent(world.url, body.id, owner)).bytes, PNG)
    const part = await fetchContent(world.url, body.id, owner, { headers: { Range: 'bytes=1-3' } })
    assert.deepEqual([part.status, String(part.bytes)], [206, 'PNG'])
    await world.as('owner').delete(`/files/${body.id}`)
    await world.settled()
    assert.equal(await objects(), 0)
    assert.equal((await fetchContent(world.url, body.id, owner)).status, 404)
  })

  it('are sent in parts where they are long, also those that came resumably', async () => {
    const owner = await world.person('owner')
    const bytes = Buffer.alloc(12_000_000, 'abc')
    const client = tusClient(world.url, owner)
    const upload = await client.begin(bytes.length)
    await client.append(upload, 0, bytes.subarray(0, 7_000_000))
    assert.equal((await client.append(upload, 7_000_000, bytes.subarray(7_000_000))).status, 204)
    assert.ok((await fetchContent(world.url, idOf(upload), owner)).bytes.equals(bytes))
  })

  it('that are refused leave nothing there', async () => {
    const had = await objects()
    const { status } = await sendForm(world.url, await world.person('owner'), { bytes: Buffer.alloc(9_000_000) }) // prettier-ignore
    assert.equal(status, 415)
    assert.equal(await objects(), had)
  })
})
