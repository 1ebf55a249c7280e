import assert from 'node:assert/strict'
import type { Json, World } from '../helpers/world'
import { startWorld } from '../helpers/world'

const VIEW = {
  resource: 'products',
  name: 'Dear ones',
  filters: { price: { $gte: 4 } },
  sort: { field: 'price', order: 'DESC' }
}

describe('views that somebody has kept of the lists of the admin page', () => {
  let world: World
  before(async () => void (world = await startWorld()))
  after(() => world.close())

  const keep = (who: string, view: Json = {}) => world.as(who).post('/saved-views', { ...VIEW, ...view })

  it('are their owner’s alone, whoever asks, and are told to nobody else', async () => {
    const cast = await world.cast()
    const [owner, admin] = [await world.socket(cast.owner), await world.socket(cast.admin)]
    const { status, body } = await keep('owner', { columns: ['id', 'name'] })
    assert.deepEqual([status, body.user_id, body.columns], [201, cast.owner.id, ['id', 'name']])
    assert.deepEqual((await owner.event('saved-views created')).data, body)
    const path = `/saved-views/${body.id}`
    for (const who of ['stranger', 'manager', 'admin']) {
      assert.equal((await world.as(who).get('/saved-views')).body.total, 0, who)
      for (const answer of [await world.as(who).get(path), await world.as(who).patch(path, { name: 'Mine' }), await world.as(who).delete(path)])
        assert.equal(answer.status, 404, who)
    } // prettier-ignore
    assert.equal((await world.as('anonymous').get('/saved-views')).status, 401)
    assert.equal((await keep('anonymous')).status, 401)
    assert.equal((await world.as('owner').patch(path, { filters: {} })).status, 200)
    assert.deepEqual((await owner.event('saved-views patched')).data.filters, {})
    assert.equal((await world.as('owner').delete(path)).status, 200)
    await owner.event('saved-views removed')
    await world.settled()
    await admin.silent()
  })

  it('have one name each in a list, and nothing that is no view', async () => {
    const first = await keep('owner', { name: 'Mine' })
    assert.equal(first.status, 201)
    const again = await keep('owner', { name: 'Mine' })
    assert.deepEqual([again.status, again.body.error.code], [409, 'DUPLICATE'])
    assert.equal((await keep('owner', { name: 'Mine', resource: 'tasks' })).status, 201)
    assert.equal((await keep('stranger', { name: 'Mine' })).status, 201)
    const faults: [string, Json][] = [
      ['name', { name: '' }],
      ['name', { name: 'x'.repeat(61) }],
      ['resource', { resource: '' }],
      ['filters', { filters: 'all' }],
      ['sort', { sort: null }],
      ['columns', { columns: [7] }]
    ]
    for (const [field, fault] of faults) {
      const { status, body } = await keep('owner', { name: 'Another', ...fault })
      assert.deepEqual([status, body.error.field.split(/[.[]/)[0]], [422, field], JSON.stringify(fault))
    }
    const moved = await world.as('owner').patch(`/saved-views/${first.body.id}`, { resource: 'tasks' })
    assert.equal(moved.status, 422)
    const large = await keep('owner', { filters: { name: 'x'.repeat(20_000) } })
    assert.equal(large.status, 413)
  })

  it('are no more than two hundred for each', async () => {
    const { id } = await world.person('manager')
    await world.sql(
      `insert into saved_views (user_id, resource, name, filters, sort) select $1, 'tasks', 'View ' || n, '{}', '{}' from generate_series(1, 199) n`,
      [id]
    )
    assert.equal((await keep('manager')).status, 201)
    const refused = await keep('manager', { name: 'One more' })
    assert.deepEqual([refused.status, refused.body.error.code], [409, 'CONFLICT'])
    const several = [
      { ...VIEW, name: 'A' },
      { ...VIEW, name: 'B' }
    ]
    const [view] = (await world.as('manager').get('/saved-views?name=Dear ones')).body.data
    await world.as('manager').delete(`/saved-views/${view.id}`)
    assert.equal((await world.as('manager').post('/saved-views', several)).status, 409)
    assert.equal((await keep('manager', { name: 'The last' })).status, 201)
    assert.equal((await keep('stranger', { name: 'Others are not concerned' })).status, 201)
  })

  it('are no more than that by a file or a batch of them, or by creations at once', async () => {
    const { id } = await world.person('admin')
    await world.sql(
      `insert into saved_views (user_id, resource, name, filters, sort) select $1, 'tasks', 'View ' || n, '{}', '{}' from generate_series(1, 198) n`,
      [id]
    )
    const names = ['A', 'B', 'C']
    const admin = world.as('admin')
    const operations = names.map((name) => ({
      method: 'POST',
      path: '/saved-views',
      body: { ...VIEW, name }
    }))
    assert.equal((await admin.post('/batch', { operations })).status, 409)
    const lines = names.map((name) => JSON.stringify({ ...VIEW, name })).join('\n')
    const headers = {
      Authorization: `Bearer ${(await world.person('admin')).token}`,
      'Content-Type': 'application/x-ndjson'
    }
    await fetch(`${world.url}/api/v1/saved-views/import`, { method: 'POST', headers, body: lines })
    const total = async () => (await admin.get('/saved-views?limit=1')).body.total
    assert.ok((await total()) <= 200)
    await world.sql(`delete from saved_views where user_id = $1 and resource <> 'tasks'`, [id])
    const made = await Promise.all([...names, 'D', 'E'].map((name) => keep('admin', { name })))
    assert.deepEqual(made.map(({ status }) => status).sort(), [201, 201, 409, 409, 409])
    assert.equal(await total(), 200)
  })

  it('go with their owner', async () => {
    const { id } = await world.register('leaver')
    await world.make('saved_views', { ...VIEW, user_id: id })
    await world.sql('delete from users where id = $1', [id])
    assert.equal((await world.sql('select 1 from saved_views where user_id = $1', [id])).length, 0)
  })
})
