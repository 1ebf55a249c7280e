import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { createApp } from '../../packages/rachis/src/create-app'
import { World } from '../helpers/world'
import type { Receiver } from './receiver'
import { closeBoth, delivered, deliveriesOf, endpointOf, openBoth, options, settingsOf } from './stage'

const taken = (response: ServerResponse) => response.writeHead(204).end()

describe('deliveries that several processes send', function () {
  this.timeout(60_000)
  let world: World
  let receiver: Receiver
  let second: World | undefined
  before(async () => {
    ;({ world, receiver } = await openBoth())
    second = await startAnother()
  })
  after(async () => {
    await second?.close(true)
    await closeBoth({ world, receiver })
  })
  afterEach(async () => {
    await world.sql('delete from webhook_endpoints')
    await world.settled()
    // What was being sent to them is over.
    while ((await holders()).length > 0) await pause(20)
    receiver.forget()
  })
  const startAnother = async () => {
    const migrations = (world.app.get('migrations') as string[]).at(-1)!
    const app = createApp({ ...options, migrations, config: settingsOf(world.database) })
    await app.listen(0, '127.0.0.1')
    return new World(app, '', world.database)
  }
  const writeMany = (count: number) =>
    world.sql(
      `insert into letters (title, user_id) select 'p' || n, u.id from users u, generate_series(1, ${count}) n where username = 'owner'`
    )
  const holders = async () =>
    (await world.sql('select distinct holder from webhook_claims')).map(({ holder }) => holder as string)

  it('are each sent once, by all of the processes, and leave no claim behind', async () => {
    const { id } = await endpointOf(world, 'owner', receiver, { resources: ['letters'] })
    const held: ServerResponse[] = []
    receiver.behave = (response) => void held.push(response)
    await writeMany(60)
    // Four of one endpoint in each of the two.
    await receiver.some(8)
    assert.equal((await holders()).length, 2)
    assert.equal(receiver.received.length, 8)
    receiver.behave = taken
    held.forEach(taken)
    await delivered(world)
    const ids = receiver.received.map(({ headers }) => headers['webhook-id'])
    assert.equal(ids.length, 60)
    assert.equal(new Set(ids).size, 60)
    const attempts = (await deliveriesOf(world, id)).map((row) => row.attempts as number)
    assert.deepEqual([...new Set(attempts)], [1])
    assert.deepEqual(await holders(), [])
  })

  it('are sent one at a time where their endpoint fails, and at once where another does not', async () => {
    const failing = await endpointOf(world, 'owner', receiver, { resources: ['letters'] })
    await world.sql('update webhook_endpoints set failing_since = now()')
    await endpointOf(world, 'admin', receiver, { resources: ['users'] })
    const held: ServerResponse[] = []
    receiver.behave = (response, { path }) => (path === '/owner' ? held.push(response) : taken(response))
    await writeMany(400)
    await receiver.some(1)
    const { id } = await world.person('stranger')
    await world.sql(`update users set first_name = 'Ada' where id = $1`, [id])
    await receiver.one(({ path }) => path === '/admin')
    assert.equal(receiver.received.filter(({ path }) => path === '/owner').length, 1)
    const states = (await deliveriesOf(world, failing.id)).map(({ state }) => state as string)
    assert.deepEqual([states.length, new Set(states)], [400, new Set(['pending'])])
    receiver.behave = taken
    held.forEach(taken)
  })

  it('are sent at once however many other endpoints fail and hang', async () => {
    for (let count = 0; count < 20; count++)
      await endpointOf(world, 'owner', receiver, { resources: ['letters'] })
    await world.sql('update webhook_endpoints set failing_since = now()')
    await endpointOf(world, 'admin', receiver, { resources: ['letters'] })
    const held: ServerResponse[] = []
    receiver.behave = (response, { path }) => (path === '/owner' ? held.push(response) : taken(response))
    await writeMany(1)
    await receiver.some(10, ({ path }) => path === '/owner')
    await writeMany(5)
    await receiver.some(6, ({ path }) => path === '/admin')
    assert.equal(held.length, 10, 'five in each process')
    receiver.behave = taken
    held.forEach(taken)
  })

  it('are given back by a process that stops, and sent by another one at once', async () => {
    await endpointOf(world, 'owner', receiver, { resources: ['letters'] })
    const held: ServerResponse[] = []
    receiver.behave = (response) => void held.push(response)
    await writeMany(8)
    await receiver.some(8)
    receiver.behave = taken
    await second!.close(true)
    second = undefined
    assert.equal((await holders()).length, 1)
    held.forEach(taken)
    // The four that the other process was at are sent once more, and long before a claim would be over.
    await receiver.some(12)
    await delivered(world)
    assert.equal(receiver.received.length, 12)
    assert.deepEqual(await holders(), [])
  })

  it('are sent by nobody else: not by jobs of a version before claims, which are removed at start', async () => {
    const jobs = "select from pgboss.job where name = 'deliver_webhook'"
    await world.sql(`select pgboss.create_queue('deliver_webhook', '{"policy": "standard"}')`)
    await world.sql(`insert into pgboss.job (name, data) values ('deliver_webhook', '{}')`)
    assert.equal((await world.sql(jobs)).length, 1)
    const another = await startAnother()
    assert.equal((await world.sql(jobs)).length, 0)
    assert.equal((await world.sql("select from pgboss.queue where name = 'deliver_webhook'")).length, 0)
    await another.close(true)
  })

  it('are not ended by an attempt that took longer than its claim, while the next one is at work', async () => {
    const { id } = await endpointOf(world, 'owner', receiver, { resources: ['letters'] })
    const held: ServerResponse[] = []
    receiver.behave = (response) => void held.push(response)
    await writeMany(1)
    await receiver.some(1)
    await world.sql('update webhook_claims set held_until = now()')
    await receiver.some(2)
    // One process is at both. The one that is too late fails, which is not recorded by the time that another delivery is made.
    held[0]!.writeHead(500).end()
    receiver.behave = taken
    await writeMany(1)
    const states = async () => (await deliveriesOf(world, id)).map(({ state }) => state as string)
    while ((await states()).join() !== 'pending,delivered') await pause(20)
    assert.equal((await holders()).length, 1)
    taken(held[1]!)
    await delivered(world)
    assert.deepEqual((await deliveriesOf(world, id)).map(({ attempts }) => attempts as number), [1, 1]) // prettier-ignore
    assert.equal(receiver.received.length, 3)
  })

  it('are taken over from a process that has died, and are not from one that is at work', async () => {
    const { id } = await endpointOf(world, 'owner', receiver, { resources: ['letters'] })
    const dead = `insert into webhook_claims select id, endpoint_id, gen_random_uuid(), now() + interval '1 hour' from webhook_deliveries`
    // Made and claimed in one transaction, as by a process that is killed then.
    await world.sql(`with made as (insert into webhook_deliveries (endpoint_id, user_id, event_id, event, happened_at, state, attempts, next_attempt_at)
      select id, user_id, 'msg_' || id, 'webhook.test', now(), 'pending', 0, now() from webhook_endpoints returning *) ${dead.replace('webhook_deliveries', 'made')}`) // prettier-ignore
    await writeMany(1)
    await receiver.some(1)
    const types = () => receiver.received.map(({ body }) => body.type)
    assert.deepEqual(types(), ['letters.created'])
    // The other letter may be at work still: its claim is not over.
    await world.sql(`update webhook_claims c set held_until = now() from webhook_deliveries d where d.id = c.delivery_id and d.event = 'webhook.test' and c.endpoint_id = $1`, [id]) // prettier-ignore
    await receiver.some(2)
    await delivered(world)
    assert.deepEqual(types(), ['letters.created', 'webhook.test'])
  })
})
