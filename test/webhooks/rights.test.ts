import assert from 'node:assert/strict'
import { authenticated, role } from '../../packages/rachis/src/declare'
import { accounts } from '../../packages/rachis/src/accounts'
import { jobs } from '../../packages/rachis/src/jobs'
import { webhooks } from '../../packages/rachis/src/webhooks'
import type { World } from '../helpers/world'
import type { Receiver } from './receiver'
import { closeBoth, config, delivered, deliveriesOf, endpointOf, openBoth, withoutEndpoints } from './stage'

const retries = [0.3, 0.3, 0.3, 0.3, 0.3, 0.3]

describe('the rights of whoever has a webhook endpoint', () => {
  let world: World
  let receiver: Receiver
  before(async () => {
    const access = [role('manager', 'admin'), { ...authenticated, $user: { username: 'owner' } }]
    ;({ world, receiver } = await openBoth({
      modules: [accounts, jobs([]), webhooks({ access: access as never })],
      config: { ...config, webhooks: { ...config.webhooks, retries, endpoints_per_user: 2 } } as never
    }))
  })
  after(() => closeBoth({ world, receiver }))
  afterEach(() => withoutEndpoints({ world, receiver }))
  const share = (title: string) => world.as('owner').post('/letters', { title, is_shared: true })
  const states = async (id: number) => (await deliveriesOf(world, id)).map(({ state }) => state as string)

  it('decide who may have one at all', async () => {
    const { status } = await world.as('stranger').post('/webhook-endpoints', { url: receiver.url })
    assert.equal(status, 403)
    // As many as are configured, also of those that are made at once.
    const made = await Promise.all(
      [1, 2, 3].map(() => world.as('manager').post('/webhook-endpoints', { url: receiver.url }))
    )
    assert.deepEqual(made.map((answer) => answer.status).sort(), [201, 201, 409])
  })

  it('are asked of a change before what it says: who may not make it is told of no mistake, and who may keeps nothing of one', async () => {
    const { id } = await endpointOf(world, 'manager', receiver, {})
    const stored = () => world.sql('select * from webhook_endpoints where id = $1', [id])
    const before = await stored()
    for (const data of [{ url: 'no address' }, { url: receiver.url, events: ['exploded'] }])
      for (const send of ['put', 'patch'] as const) {
        const answers = [await world.as('stranger')[send](`/webhook-endpoints/${id}`, data), await world.as('admin')[send](`/webhook-endpoints/${id}`, data), await world.as('manager')[send](`/webhook-endpoints/${id}`, data)] // prettier-ignore
        assert.deepEqual(answers.map(({ status }) => status), [404, 403, 422]) // prettier-ignore
      }
    assert.deepEqual(await stored(), before)
  })

  it('are asked when it is sent, not when it happened: whoever lost them meanwhile gets nothing', async () => {
    const { id } = await endpointOf(world, 'manager', receiver, { resources: ['letters'] })
    const { id: manager } = await world.person('manager')
    const lost = new Promise<void>((resolve, reject) => {
      receiver.behave = (response) => {
        // The right goes between the first attempt and the second.
        void world
          .sql(`update users set role = 'user' where id = $1`, [manager])
          .then(() => resolve(), reject)
        response.writeHead(503).end()
      }
    })
    await share('once')
    await lost
    receiver.behave = (response) => response.writeHead(204).end()
    await delivered(world)
    assert.equal(receiver.received.length, 1)
    assert.deepEqual(await states(id), ['withheld'])
    await share('never')
    await delivered(world)
    assert.deepEqual([receiver.received.length, await states(id)], [1, ['withheld']])
    await world.sql(`update users set role = 'manager' where id = $1`, [manager])
    await share('again')
    const told = (await receiver.some(3))
      .slice(1)
      .map(({ body: { type, data } }) => [type, data.title ?? data.reason])
    assert.deepEqual(told.sort(), [['letters.created', 'again'], ['rachis.reset', 'owner']]) // prettier-ignore
  })

  it('of the same user by another rule decide as well: who may not have one any more is sent nothing', async () => {
    const { id } = await endpointOf(world, 'owner', receiver)
    const { id: owner } = await world.person('owner')
    await world.sql(`update users set username = 'renamed' where id = $1`, [owner])
    await world.as('owner').post('/letters', { title: 'own' })
    await delivered(world)
    assert.deepEqual([receiver.received.length, await states(id)], [0, []])
    await world.sql(`update users set username = 'owner' where id = $1`, [owner])
  })

  it('show a record that comes into sight as created, and one that leaves it as removed', async () => {
    await endpointOf(world, 'manager', receiver)
    const { body } = await world.as('owner').post('/letters', { title: 'secret' })
    await world.as('owner').patch(`/letters/${body.id}`, { is_shared: true })
    await world.as('owner').patch(`/letters/${body.id}`, { title: 'known' })
    await world.as('owner').patch(`/letters/${body.id}`, { is_shared: false })
    await world.as('owner').patch(`/letters/${body.id}`, { title: 'secret again' })
    await delivered(world)
    const told = receiver.received.map(({ body: { type, data } }) => [type, data.title]).sort()
    assert.deepEqual(told, [['letters.created', 'secret'], ['letters.patched', 'known'], ['letters.removed', 'known']]) // prettier-ignore
    assert.ok(!JSON.stringify(receiver.received).includes('remark'))
  })

  it('bring columns that only some may read to those alone', async () => {
    await endpointOf(world, 'admin', receiver)
    await endpointOf(world, 'owner', receiver)
    await world.as('owner').post('/letters', { title: 'both' })
    await delivered(world)
    const seen = receiver.received.map(({ path, body }) => [path, 'remark' in body.data]).sort()
    assert.deepEqual(seen, [['/admin', true], ['/owner', false]]) // prettier-ignore
  })

  it('are none where they cannot sign in any more, also of what anybody may read', async () => {
    const { id } = await endpointOf(world, 'manager', receiver)
    await world.sql(`update users set is_active = false where username = 'manager'`)
    await share('to nobody')
    await delivered(world)
    assert.deepEqual([receiver.received.length, await states(id)], [0, []])
  })
})
