import assert from 'node:assert/strict'
import type { Retail } from './retail'
import { openRetail } from './retail'

describe('stores', () => {
  let retail: Retail
  before(async () => (retail = await openRetail()))
  after(() => retail.world.close())

  it('are seen by whoever is signed in, and by nobody else', async () => {
    const { rest, people, stores } = retail
    const { anonymous, ...signedIn } = people
    for (const person of Object.values(signedIn)) {
      assert.deepEqual((await rest(person, 'GET', `/stores/${stores.a.id}`)).body, stores.a)
      assert.equal((await rest(person, 'GET', '/stores?region=South')).body.total, 1)
    }
    for (const path of ['/stores', `/stores/${stores.a.id}`, '/stores/regions/options', '/stores/regions/summary'])
      assert.equal((await rest(anonymous, 'GET', path)).status, 401, path)
  }) // prettier-ignore

  it('are opened and closed by admins only', async () => {
    const { rest, people, world } = retail
    const body = { name: 'New', region: 'East' }
    for (const person of [people.north, people.manager, people.stranger]) {
      assert.equal((await rest(person, 'POST', '/stores', { body })).status, 403)
      assert.equal((await rest(person, 'DELETE', `/stores/${retail.stores.a.id}`)).status, 403)
    }
    assert.equal((await rest(people.anonymous, 'POST', '/stores', { body })).status, 401)
    const [count] = await world.sql('select count(*)::int as stores from stores')
    assert.equal(count!.stores, 2)
    const made = await rest(people.admin, 'POST', '/stores', { body })
    assert.equal(made.status, 201)
    assert.equal(made.headers.get('location'), `/api/v1/stores/${made.body.id}`)
    assert.deepEqual(
      [made.body.store_type, made.body.manager_id, made.body.address],
      ['standard', null, null]
    )
    assert.equal((await rest(people.admin, 'DELETE', `/stores/${made.body.id}`)).status, 200)
  })

  it('are edited by their own manager, who cannot give them away', async () => {
    const { rest, people, stores, world } = retail
    const { north, south, manager, stranger } = people
    const path = `/stores/${stores.a.id}`
    const edited = await rest(north, 'PATCH', path, { body: { address: '1 Pier Road' } })
    assert.deepEqual([edited.status, edited.body.address], [200, '1 Pier Road'])
    for (const body of [
      { manager_id: south.id },
      { manager_id: null },
      { name: 'X', manager_id: south.id }
    ]) {
      const refused = await rest(north, 'PATCH', path, { body })
      assert.deepEqual([refused.status, refused.body.error.field], [403, 'manager_id'])
    }
    const same = await rest(north, 'PATCH', path, { body: { address: '1 Pier Road', manager_id: north.id } })
    assert.equal(same.status, 200, 'what was read is sent back')
    const { id: _, manager_id: _manager, created_at: _c, updated_at: _u, ...fields } = same.body
    const replaced = await rest(north, 'PUT', path, { body: { ...fields, name: 'North Pier!' } })
    assert.deepEqual([replaced.status, replaced.body.manager_id], [200, north.id])
    for (const person of [south, manager, stranger])
      assert.equal((await rest(person, 'PATCH', path, { body: { name: 'Mine' } })).status, 403)
    const [row] = await world.sql('select name, manager_id from stores where id = $1', [stores.a.id])
    assert.deepEqual(row, { name: 'North Pier!', manager_id: String(north.id) })
    assert.equal(
      (await rest(north, 'PATCH', `/stores/${stores.b.id}`, { body: { name: 'Mine' } })).status,
      403
    )
  })

  it('tell their changes to everybody who is signed in, once, and to nobody else', async () => {
    const { world, people, rest, stores } = retail
    await world.settled()
    const [seen, outside] = await Promise.all([world.socket(people.stranger), world.socket()])
    const { body } = await rest(people.south, 'PATCH', `/stores/${stores.b.id}`, {
      body: { address: 'Gate 2' }
    })
    assert.deepEqual((await seen.event('stores patched')).data, body)
    await world.settled()
    assert.deepEqual(await seen.drained(), ['stores patched'])
    assert.deepEqual(await outside.drained(), [])
  })

  it('cannot be closed while something is kept in them', async () => {
    const { rest, people, stores, item, tea, world } = retail
    await item(stores.b, tea)
    const refused = await rest(people.admin, 'DELETE', `/stores/${stores.b.id}`)
    assert.deepEqual([refused.status, refused.body.error.code], [409, 'STILL_REFERENCED'])
    assert.equal((await world.sql('select from stores where id = $1', [stores.b.id])).length, 1)
  })

  it('stay when their manager goes', async () => {
    const { rest, people, make, world } = retail
    const leaving = await world.register('leaving')
    const store = await make('/stores', { name: 'West', region: 'West', manager_id: leaving.id })
    await world.settled()
    const socket = await world.socket(people.stranger)
    await rest(people.admin, 'DELETE', `/users/${leaving.id}`)
    assert.equal((await socket.event('stores patched')).data.manager_id, null)
    assert.equal((await rest(people.stranger, 'GET', `/stores/${store.id}`)).body.manager_id, null)
    await rest(people.admin, 'DELETE', `/stores/${store.id}`)
  })

  describe('by region', () => {
    before(async () => {
      for (const [region, store_type] of [['North', 'kiosk'], ['North', 'standard'], ['East', 'kiosk']])
        await retail.make('/stores', { name: `${region} ${store_type}`, region, store_type })
    }) // prettier-ignore

    it('are offered to choose from', async () => {
      const { body } = await retail.rest(retail.people.stranger, 'GET', '/stores/regions/options')
      assert.deepEqual(body, [
        { region: 'East', stores: 1 }, { region: 'North', stores: 3 }, { region: 'South', stores: 1 }
      ]) // prettier-ignore
    })

    it('are summed up, on REST and sockets alike', async () => {
      const summary = [
        { region: 'East', stores: 1, managed: 0, store_types: { kiosk: 1 } },
        { region: 'North', stores: 3, managed: 1, store_types: { kiosk: 1, standard: 2 } },
        { region: 'South', stores: 1, managed: 1, store_types: { kiosk: 1 } }
      ]
      const { world, people, rest } = retail
      assert.deepEqual((await rest(people.stranger, 'GET', '/stores/regions/summary')).body, summary)
      const socket = await world.socket(people.stranger)
      assert.deepEqual(await socket.call('region_summary', 'stores', {}), summary)
      assert.equal((await (await world.socket()).refusal('region_summary', 'stores', {})).code, 401)
    })

    it('take no parameter that is not there', async () => {
      const { status } = await retail.rest(
        retail.people.stranger,
        'GET',
        '/stores/regions/summary?region=North'
      )
      assert.ok([400, 422].includes(status), String(status))
    })
  })
})
