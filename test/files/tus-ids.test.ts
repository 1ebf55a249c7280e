import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import type { Person } from '../../packages/rachis/src/testing/wire'
import type { World } from '../helpers/world'
import { openStage } from '../modules/stage'
import { bearer, fetchContent, PNG, stageOf } from './stage'
import type { TusClient } from './tus-client'
import { idOf, tusClient } from './tus-client'

describe('resumable uploads by their ids', () => {
  let world: World
  let owner: Person
  let client: TusClient
  before(async () => {
    world = await openStage(stageOf({ max_size: 1000, owner_bytes: 5000 }))
    owner = await world.person('owner')
    client = tusClient(world.url, owner)
  })
  after(() => world?.close())

  it('are 404 for every method where nothing has their id, of whatever spelling', async () => {
    const ids = ['nothing', 'a%20b', '1', randomUUID(), randomUUID().toUpperCase(), `${randomUUID()}0`]
    for (const id of ids) {
      const path = `/api/v1/uploads/${id}`
      const answers = [await client.append(path, 0, 'abc')]
      for (const method of ['HEAD', 'DELETE']) answers.push(await client.send(method, path))
      const plain = ['GET', 'DELETE'].map((method) =>
        fetch(world.url + path, { method, headers: bearer(owner) })
      )
      const statuses = [...answers, ...(await Promise.all(plain))].map(({ status }) => status)
      assert.deepEqual(statuses, [404, 404, 404, 404, 404], id)
    }
    const path = '/api/v1/uploads/%zz'
    assert.equal((await client.append(path, 0, 'abc')).status, 400)
    assert.equal((await client.send('DELETE', path)).status, 400)
    assert.equal((await fetch(world.url + path, { headers: bearer(owner) })).status, 400)
  })

  it('are found by their id in capital letters as well, as every record with a UUID is', async () => {
    const path = await client.begin(PNG.length, { filename: 'tea.png' })
    const loud = `/api/v1/uploads/${idOf(path).toUpperCase()}`
    const { status, body } = await world.as('owner').get(`/uploads/${idOf(path).toUpperCase()}`)
    assert.deepEqual([status, body.id], [200, idOf(path)])
    assert.equal((await client.append(loud, 0, PNG.subarray(0, 30))).status, 204)
    assert.equal(await client.offset(loud), 30)
    assert.equal((await client.append(path, 30, PNG.subarray(30))).status, 204)
    assert.deepEqual((await fetchContent(world.url, idOf(path), owner)).bytes, PNG)
    const other = await client.begin(5)
    assert.equal((await client.send('DELETE', `/api/v1/uploads/${idOf(other).toUpperCase()}`)).status, 204)
    assert.equal(await client.offset(other), undefined)
  })
})
