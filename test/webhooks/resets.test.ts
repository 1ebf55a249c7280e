import assert from 'node:assert/strict'
import type { AddressInfo } from 'node:net'
import { createApp } from '../../packages/rachis/src/create-app'
import type { Person } from '../helpers/world'
import { World } from '../helpers/world'
import { assertSentAsDocumented } from './documented'
import type { Receiver } from './receiver'
import type { Json } from '../../packages/rachis/src/testing/wire'
import { closeBoth, deliveriesOf, delivered, endpointOf, openBoth, options, settingsOf } from './stage'

const RESET = 'rachis.reset'

describe('a webhook that says to read anew', function () {
  this.timeout(60_000)
  let world: World
  let receiver: Receiver
  let people: Record<string, Person>
  before(async () => {
    ;({ world, receiver } = await openBoth())
    people = await world.cast()
  })
  after(() => closeBoth({ world, receiver }))
  afterEach(async () => {
    await assertSentAsDocumented(world, receiver.received)
    await world.sql('delete from webhook_endpoints')
    await world.settled()
    receiver.forget()
  })
  const told = () =>
    receiver.received.map(({ path, body: { type, data } }) => [path, type, data.title ?? data])
  const resets = () => receiver.received.filter(({ body }) => body.type === RESET)
  const write = (title: string) => world.as(people.owner!).post('/letters', { title, is_shared: true })
  const endpoint = (who: string, more: object = { resources: ['letters'] }) =>
    endpointOf(world, people[who]!, receiver, more)
  const raiseHorizon = () =>
    world.sql(`insert into feed_horizon (epoch, id, created_at) select epoch, (select last_value from changes_id_seq), now() from feed_epoch
      on conflict (only_row) do update set id = excluded.id, epoch = excluded.epoch, created_at = excluded.created_at`) // prettier-ignore

  /** Another process takes the place of the one that runs, once something has happened that it cannot know of. */
  const restarted = async (meanwhile: () => Promise<unknown>) => {
    const { app, database } = world
    await world.close(true)
    await meanwhile()
    const migrations = (app.get('migrations') as string[]).at(-1)!
    const next = createApp({ ...options, migrations, config: settingsOf(database) })
    const { port } = (await next.listen(0, '127.0.0.1')).address() as AddressInfo
    world = new World(next, `http://127.0.0.1:${port}`, database)
    await delivered(world)
  }

  it('is sent where a table was truncated, to whoever is told of it, and once', async () => {
    await endpoint('owner', { resources: ['letters', 'diaries'] })
    await endpoint('manager', { resources: ['diaries'] })
    const off = await endpoint('stranger')
    await world.as(people.stranger!).post(`/webhook-endpoints/${off.id}/disable`)
    await write('before')
    await receiver.some(1)
    await world.sql('truncate letters')
    await receiver.some(2)
    await write('after')
    await receiver.some(3)
    await delivered(world)
    const reset = { reason: 'truncated', resources: ['letters'] }
    assert.deepEqual(told(), [['/owner', 'letters.created', 'before'], ['/owner', RESET, reset], ['/owner', 'letters.created', 'after']]) // prettier-ignore
  })

  it('is sent where changes were removed before they were consumed, once, also where that is found twice', async () => {
    const { id } = await endpoint('owner')
    let place: Json | undefined
    const removed = async () => {
      ;[place] = await world.sql(`select position, epoch from feed_consumers where name = 'webhooks'`)
      await world.sql(
        `insert into letters (title, user_id) select 'lost', id from users where username = 'owner'`
      )
      await raiseHorizon()
      await world.sql('delete from changes')
    }
    await restarted(removed)
    const { body } = await receiver.one()
    assert.deepEqual(body.data, { reason: 'retention', resources: ['letters'] })
    await restarted(async () => {
      const [found] = await world.sql(`select lost_reason from feed_consumers where name = 'webhooks'`)
      assert.equal(found!.lost_reason, 'retention')
      // As of a process that was killed before it had stored that this was told.
      await world.sql(`update feed_consumers set position = $1, epoch = $2 where name = 'webhooks'`, [place!.position, place!.epoch]) // prettier-ignore
    })
    await write('after')
    await receiver.one(({ body: { data } }) => data.title === 'after')
    await delivered(world)
    assert.equal(resets().length, 1)
    const rows = await deliveriesOf(world, id)
    assert.deepEqual(rows.map(({ event, reason, state }) => [event, reason, state]), [[RESET, 'retention', 'delivered'], ['letters.created', null, 'delivered']]) // prettier-ignore
  })

  it('is sent after a restore, to each endpoint for what its owner may read', async () => {
    await endpoint('owner', {})
    await endpoint('stranger', { resources: ['diaries'] })
    await restarted(() => world.sql(`update feed_consumers set epoch = 'other' where name = 'webhooks'`))
    await receiver.some(2, ({ body: { type } }) => type === RESET)
    await delivered(world)
    const found = new Map(resets().map(({ path, body }) => [path, body.data]))
    assert.equal(resets().length, 2)
    assert.deepEqual(found.get('/stranger'), { reason: 'epoch', resources: ['diaries'] })
    const { reason, resources } = found.get('/owner')!
    assert.equal(reason, 'epoch')
    assert.ok(
      ['letters', 'diaries', 'users'].every((path) => resources.includes(path)),
      String(resources)
    )
    assert.ok(!resources.some((path: string) => path.startsWith('webhook')), String(resources))
  })

  it('is sent where a change is not kept any more that could not be delivered before, once for many', async () => {
    const { id } = await endpoint('owner')
    await world.sql(`insert into webhook_deliveries (endpoint_id, user_id, event_id, event, resource, record_id, change_id, happened_at, state, attempts, next_attempt_at)
      select id, user_id, 'msg_' || n, 'letters.created', 'letters', n, 0, now(), 'pending', 1, now() from webhook_endpoints, generate_series(1, 3) n`) // prettier-ignore
    await receiver.one(({ body: { type } }) => type === RESET)
    await delivered(world)
    const rows = await deliveriesOf(world, id)
    const failed = rows.filter(({ event }) => event === 'letters.created')
    assert.deepEqual(failed.map(({ state, error }) => [state, error]), Array(3).fill(['failed', 'The change is not kept any more'])) // prettier-ignore
    assert.ok(resets().length >= 1 && resets().length <= 3)
    assert.deepEqual(resets()[0]!.body.data, { reason: 'retention', resources: ['letters'] })
  })

  it('is sent where a replay is asked for from before what the feed keeps', async () => {
    const { id } = await endpoint('owner')
    await raiseHorizon()
    await world.as(people.owner!).post(`/webhook-endpoints/${id}/replay`, { since: '2020-01-01T00:00:00Z' })
    await receiver.one(({ body: { type } }) => type === RESET)
    await delivered(world)
    assert.equal(resets().length, 1)
  })

  it('is sent once the owner of an endpoint can sign in again, and what happened meanwhile where they ask for it', async () => {
    const { id } = await endpoint('manager')
    const manager = people.manager!.id
    const switched = (on: boolean) =>
      world.sql('update users set is_active = $1 where id = $2', [on, manager])
    const shown = async () => (await world.as(people.admin!).get(`/webhook-endpoints/${id}`)).body.withheld_since as string | null // prettier-ignore
    assert.equal(await shown(), null)
    await switched(false)
    const since = new Date().toISOString()
    await write('missed')
    await delivered(world)
    assert.ok(Math.abs(Date.parse((await shown())!) - Date.now()) < 60_000)
    assert.deepEqual(receiver.received, [])
    await switched(true)
    await receiver.some(1)
    await write('again')
    await receiver.some(2)
    await delivered(world)
    const reset = ['/manager', RESET, { reason: 'owner', resources: ['letters'] }]
    assert.deepEqual(told(), [reset, ['/manager', 'letters.created', 'again']]) // prettier-ignore
    assert.equal(await shown(), null)
    // What ended their sessions as well.
    people.manager = await world.login(people.manager!)
    await world.as(people.manager).post(`/webhook-endpoints/${id}/replay`, { since })
    await receiver.some(3)
    await delivered(world)
    assert.deepEqual(told().slice(2), [['/manager', 'letters.created', 'missed']]) // prettier-ignore
  })

  it('is sent where the owner can sign in again while no process runs', async () => {
    await endpoint('stranger')
    await world.sql(`update users set is_active = false where username = 'stranger'`)
    await delivered(world)
    await restarted(() => world.sql(`update users set is_active = true where username = 'stranger'`))
    await receiver.some(1)
    assert.deepEqual(told(), [['/stranger', RESET, { reason: 'owner', resources: ['letters'] }]]) // prettier-ignore
  })
})
