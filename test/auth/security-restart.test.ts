import assert from 'node:assert/strict'
import { dropDatabase } from '../helpers/database'
import { anonymous, PASSWORD, startWorld } from '../helpers/world'
import type { Person, World } from '../helpers/world'

describe('changed rights', () => {
  let world: World
  let owner: Person
  before(async () => {
    world = await startWorld()
    owner = await world.register('owner')
  })
  after(async () => {
    await world?.close(true)
    if (world) await dropDatabase(world.database)
  })

  const recorded = () =>
    world.sql(`select event, user_id, details from security_events where origin is not null order by id`)

  it('are recorded, once, and end sessions, also where no process ran when they changed', async () => {
    await world.settled()
    assert.deepEqual(await recorded(), [])
    await world.close(true)
    await world.sql(`update users set role = 'manager' where id = $1`, [owner.id])
    await world.sql('update users set is_active = false where id = $1', [owner.id])
    await world.sql('update users set is_active = true where id = $1', [owner.id])
    world = await startWorld({ database: world.database })
    await world.settled()
    const events = await recorded()
    assert.deepEqual(events.map(({ event }) => event), ['role_changed', 'account_deactivated', 'account_activated'])
    assert.deepEqual(events.map(({ user_id }) => Number(user_id)), [owner.id, owner.id, owner.id])
    assert.equal((await world.rest(owner, 'GET', '/auth/me')).status, 401, 'what was signed in before stays ended')
    const { status } = await world.rest(anonymous, 'POST', '/auth/login', { body: { email: owner.email, password: PASSWORD } })
    assert.equal(status, 200)
    await world.close(true)
    world = await startWorld({ database: world.database })
    await world.settled()
    assert.equal((await recorded()).length, 3)
  }) // prettier-ignore
})
