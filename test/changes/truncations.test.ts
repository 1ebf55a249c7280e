import assert from 'node:assert/strict'
import type { Person, World } from '../helpers/world'
import { anonymous, startWorld } from '../helpers/world'
import { openStream } from '../streams/reader'

describe('a table that is truncated', () => {
  let world: World
  let cast: Record<'owner' | 'stranger' | 'manager' | 'admin', Person>
  before(async () => {
    world = await startWorld()
    cast = await world.cast()
    await world.settled()
  })
  after(() => world?.close())

  const create = (title: string) => world.rest(cast.owner, 'POST', '/tasks', { body: { title } })
  const recorded = () =>
    world.sql(`select resource, record_id, before, after from changes where event = 'reset'`)

  it('is recorded as one change, in its place, and told to those who may read it', async () => {
    const [reader, nobody] = [await world.socket(cast.owner), await world.socket(anonymous)]
    await create('Before')
    await world.sql('truncate tasks')
    const { body } = await create('After')
    await reader.event('tasks created', ({ id }) => id === body.id)
    assert.deepEqual(reader.events.map(({ name }) => name), ['tasks created', 'tasks reset', 'tasks created'])
    await world.settled()
    assert.deepEqual(await nobody.drained(), [])
    assert.deepEqual(await recorded(), [{ resource: 'tasks', record_id: '', before: null, after: null }])
    const { body: audit } = await world.rest(cast.admin, 'GET', '/audit?event=reset')
    assert.deepEqual(audit.data.map(({ resource, event }: any) => [resource, event]), [['tasks', 'reset']])
  }) // prettier-ignore

  it('is read anew by a client that was away meanwhile', async () => {
    const first = await openStream(world, cast.owner)
    const { body } = await create('Gone')
    await first.event('tasks created', ({ id }) => id === body.id)
    first.close()
    await world.sql('truncate tasks')
    await world.settled()
    const back = await openStream(world, cast.owner, '', { 'Last-Event-ID': first.lastId! })
    const { data } = await back.event('tasks reset')
    assert.equal(data.reason, 'size')
    back.close()
  })

  it('is not where the transaction was rolled back', async () => {
    const before = await recorded()
    const reader = await world.socket(cast.owner)
    await world.sql('begin; truncate tasks; rollback')
    const { body } = await create('Still here')
    await reader.event('tasks created', ({ id }) => id === body.id)
    assert.deepEqual(
      reader.events.map(({ name }) => name),
      ['tasks created']
    )
    assert.deepEqual(await recorded(), before)
  })
})
