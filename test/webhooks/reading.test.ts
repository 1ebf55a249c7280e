import assert from 'node:assert/strict'
import { setImmediate } from 'node:timers/promises'
import { Client } from 'pg'
import type { World } from '../helpers/world'
import type { Receiver } from './receiver'
import { closeBoth, delivered, endpointOf, openBoth } from './stage'

describe('the endpoints that the feed is read for', () => {
  let world: World
  let receiver: Receiver
  /** The owners whose rights were asked for by the consumer since then. */
  let asked: number[]
  /** The consumer goes on once this has resolved. */
  let held: Promise<unknown> | undefined
  before(async () => {
    ;({ world, receiver } = await openBoth())
    const { projection } = world.app.get('webhookSender')
    const owner = projection.owner.bind(projection)
    projection.owner = async (id) => {
      asked.push(id)
      await held
      return owner(id)
    }
  })
  after(() => closeBoth({ world, receiver }))

  it('are read anew one by one, where what they ask for changes', async () => {
    asked = []
    const people = await world.cast()
    const own = await endpointOf(world, 'owner', receiver, { resources: ['letters'] })
    await endpointOf(world, 'stranger', receiver, { resources: ['letters'] })
    const other = await endpointOf(world, 'admin', receiver, { resources: ['diaries'] })
    await world.settled()

    asked = []
    await world.as('owner').patch(`/webhook-endpoints/${own.id}`, { events: ['removed'] })
    await world.settled()
    assert.deepEqual(asked, [people.owner.id])

    asked = []
    // How they fare, and what only sending asks for.
    await world.sql('update webhook_endpoints set failing_since = now()')
    await world.as('admin').patch(`/webhook-endpoints/${other.id}`, { description: 'x' })
    await world.settled()
    assert.deepEqual(asked, [])

    await world.sql(`update users set first_name = 'Ada' where username = 'stranger'`)
    await world.settled()
    assert.deepEqual(asked, [people.stranger.id])

    await world.as('admin').delete(`/webhook-endpoints/${other.id}`)
    const made = await Promise.all(['owner', 'stranger'].map(async (who) => (await world.as(who).post('/letters', { title: who })).body)) // prettier-ignore
    await world.as('owner').delete(`/letters/${made[0]!.id}`)
    await delivered(world)
    const told = receiver.received.map(({ path, body }) => `${path} ${body.type} ${body.data.title}`)
    assert.deepEqual(told.sort(), ['/owner letters.removed owner', '/stranger letters.created stranger'])
  })

  it('hear of nothing from before they were made, or were switched on again', async () => {
    receiver.forget()
    const { id } = await endpointOf(world, 'manager', receiver, { resources: ['letters'] })
    const share = (title: string) => world.as('owner').post('/letters', { title, is_shared: true })
    await share('1')
    await receiver.one(({ path }) => path === '/manager')
    await world.as('manager').post(`/webhook-endpoints/${id}/disable`)
    await share('2')
    await world.as('manager').post(`/webhook-endpoints/${id}/enable`)
    await share('3')
    await delivered(world)
    const told = receiver.received.filter(({ path }) => path === '/manager')
    const titles = told.map(({ body }) => body.data.title as string)
    assert.deepEqual(titles, ['1', '3'])
  })

  it('hear of nothing from before, where they are read before the change that switched them on is heard of', async () => {
    receiver.forget()
    const { id } = await endpointOf(world, 'admin', receiver, { resources: ['letters'] })
    const letter = (title: string) => world.sql(`insert into letters (title, user_id) select $1, id from users where username = 'owner'`, [title]) // prettier-ignore
    const client = new Client({ connectionString: world.database })
    await client.connect()
    await world.settled()
    let goOn: () => void = () => undefined
    held = new Promise<void>((resolve) => (goOn = resolve))
    asked = []
    await world.sql(`update users set first_name = 'Eve' where username = 'admin'`)
    while (asked.length === 0) await setImmediate()
    await world.sql(`update webhook_endpoints set disabled_at = now(), disabled_reason = 'owner' where id = $1`, [id]) // prettier-ignore
    await letter('while it is off')
    await client.query('begin; lock table webhook_endpoints in access exclusive mode')
    await client.query('update webhook_endpoints set disabled_at = null, disabled_reason = null where id = $1', [id]) // prettier-ignore
    goOn()
    // The consumer reads what has changed by it; the sender looks for something else.
    const waiting = `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query like '%"disabled_at" is null and "id" in%'`
    while ((await world.sql(waiting)).length === 0) continue
    await client.query('commit')
    await client.end()
    await letter('while it is on')
    await delivered(world)
    const told = receiver.received.filter(({ path }) => path === '/admin')
    assert.deepEqual(told.map(({ body }) => body.data.title as string), ['while it is on']) // prettier-ignore
  })
})
