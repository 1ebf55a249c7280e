import assert from 'node:assert/strict'
import { createClient } from '../../packages/rachis/src/client'
import type { Client } from '../../packages/rachis/src/client'
import { PASSWORD } from '../helpers/world'
import type { counters } from '../preconditions/stage'
import { Stage } from '../preconditions/stage'

type Counters = Client<[typeof counters]>

describe('the options ifMatch and idempotencyKey of the client', () => {
  let stage: Stage
  const clients: Counters[] = []
  /** Calls of the one go over REST, and of the other over its socket. */
  const both = async () => {
    const [rest, socket] = await Promise.all(
      [0, 1].map(async () => {
        const client: Counters = createClient(stage.world.url)
        clients.push(client)
        await client.login({ email: stage.cast.owner!.email!, password: PASSWORD })
        return client
      })
    )
    await socket!.live('counters').ready()

    return { rest: rest!, socket: socket! }
  }
  const FAILED = { code: 'PRECONDITION_FAILED', status: 412 }

  before(async () => {
    stage = await Stage.open()
  })
  afterEach(() => {
    for (const client of clients.splice(0)) client.close()
  })
  after(() => stage.world.close())

  it('have a write refused where somebody was faster, by the version and by the ETag', async () => {
    for (const client of Object.values(await both())) {
      const service = client.service('counters')
      const { id, version } = await service.create({ name: 'a' })
      assert.equal((await service.patch(id, { name: 'b' }, { ifMatch: version })).version, 2)
      await assert.rejects(service.patch(id, { name: 'c' }, { ifMatch: version }), FAILED)
      await assert.rejects(service.update(id, { name: 'c' }, { ifMatch: '"1"' }), FAILED)
      await assert.rejects(service.rename({ id, name: 'c' }, { ifMatch: 1 }), FAILED)
      await assert.rejects(service.remove(id, { ifMatch: 1 }), FAILED)
      const { name } = await service.get(id)
      assert.equal(name, 'b')
      const tag = await stage.etag(stage.cast.owner!, `/counters/${id}`)
      assert.equal((await service.rename({ id, name: 'c' }, { ifMatch: tag })).name, 'c')
    }
  })

  it('make a write once that is sent twice, by either way', async () => {
    const { rest, socket } = await both()
    const options = { idempotencyKey: 'client-1' }
    const first = await socket.service('counters').create({ name: 'once' }, options)
    const again = await rest.service('counters').create({ name: 'once' }, options)
    assert.equal(again.id, first.id)
    await assert.rejects(rest.service('counters').create({ name: 'other' }, options), { code: 'IDEMPOTENCY_KEY_REUSED' }) // prettier-ignore
    const [row] = await stage.world.sql("select count(*)::int as total from counters where name = 'once'")
    assert.equal(row!.total, 1)
  })
})
