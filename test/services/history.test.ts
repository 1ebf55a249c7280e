import assert from 'node:assert/strict'
import type { Answer, Json, Person } from '../helpers/world'
import { anonymous } from '../helpers/world'
import type { Retail } from './retail'
import { ids, openRetail } from './retail'

describe('history', () => {
  let retail: Retail
  let people: Retail['people']
  const patch = (person: Person, path: string, body: Json): Promise<Answer> =>
    retail.rest(person, 'PATCH', path, { body })
  const historyOf = async (person: Person, path: string): Promise<Json[]> =>
    (await retail.rest(person, 'GET', `${path}/history`)).body.data
  /** What somebody is told, in short: event and changes without the columns that change every time. */
  const told = async (person: Person, path: string): Promise<[string, Json][]> =>
    (await historyOf(person, path)).map(
      ({ event, changes: { updated_at: _u, created_at: _c, ...changes } }) => [event, changes]
    )
  const fields = (changes: Json) => Object.keys(changes).sort() // prettier-ignore

  before(async () => {
    retail = await openRetail()
    people = retail.people
  })
  after(() => retail.world.close())

  describe('of a product', () => {
    let path: string
    let id: number
    before(async () => {
      const product = await retail.product({ name: 'Cup', price: 5, cost: 2 })
      id = product.id
      path = `/products/${id}`
      await patch(people.admin, path, { cost: 3 })
      await patch(people.admin, path, { price: 6, cost: 4321.09 })
    })

    it('keeps hidden fields hidden, also in the past', async () => {
      for (const person of [anonymous, people.owner, people.north]) {
        const entries = await told(person, path)
        assert.deepEqual(entries.slice(0, 1), [['patched', { price: { from: 5, to: 6 } }]])
        for (const [, changes] of entries) assert.ok(!('cost' in changes), person.name)
        const text = JSON.stringify(await historyOf(person, path))
        assert.ok(!text.includes('cost') && !text.includes('4321.09'), text)
      }
      assert.deepEqual((await told(people.manager, path))[1], ['patched', { cost: { from: 2, to: 3 } }])
      const [last] = await told(people.admin, path)
      assert.deepEqual(last, ['patched', { price: { from: 5, to: 6 }, cost: { from: 3, to: 4321.09 } }])
    })

    it('tells who did it to admins and to themselves, and to nobody else', async () => {
      const by = async (person: Person) => new Set((await historyOf(person, path)).map(({ user_id }) => user_id))
      assert.deepEqual(await by(people.admin), new Set([people.admin.id]))
      for (const person of [anonymous, people.owner, people.manager]) assert.deepEqual(await by(person), new Set([null]), person.name)
      const store = `/stores/${retail.stores.a.id}`
      await patch(people.north, store, { address: 'Pier 2' })
      const [mine, theirs, admins] = await Promise.all([people.north, people.manager, people.admin].map((person) => historyOf(person, store)))
      assert.deepEqual([mine![0]!.user_id, theirs![0]!.user_id, admins![0]!.user_id], [people.north.id, null, people.north.id])
      assert.equal(mine!.at(-1)!.user_id, null, 'an admin made the store')
    }) // prettier-ignore

    it('does not tell the public what happened while it was switched off', async () => {
      await patch(people.admin, path, { is_active: false })
      await patch(people.admin, path, { name: 'Secret cup', price: 8765.09 })
      assert.deepEqual((await told(people.manager, path))[0]![1].price, { from: 6, to: 8765.09 })
      assert.equal((await retail.rest(anonymous, 'GET', `${path}/history`)).status, 404)
      await patch(people.admin, path, { price: 7, name: 'Mug' })
      await patch(people.admin, path, { is_active: true })
      const entries = await told(anonymous, path)
      assert.deepEqual(entries.slice(0, 2).map(([event]) => event), ['created', 'removed'])
      assert.deepEqual([entries[0]![1].name, entries[0]![1].price], [{ from: null, to: 'Mug' }, { from: null, to: 7 }])
      const text = JSON.stringify(await historyOf(anonymous, path))
      for (const secret of ['Secret', '8765.09']) assert.ok(!text.includes(secret), text)
      assert.ok(JSON.stringify(await historyOf(people.manager, path)).includes('Secret cup'))
    }) // prettier-ignore

    it('is none of the public where it never was', async () => {
      const { hidden } = retail
      await patch(people.admin, `/products/${hidden.id}`, { price: 1001 })
      for (const person of [anonymous, people.owner])
        assert.equal((await retail.rest(person, 'GET', `/products/${hidden.id}/history`)).status, 404)
      assert.equal((await historyOf(people.manager, `/products/${hidden.id}`)).length, 2)
      for (const unknown of ['999999', 'x', '0'])
        assert.equal(
          (await retail.rest(people.admin, 'GET', `/products/${unknown}/history`)).status,
          404,
          unknown
        )
    })

    it('goes on after its removal, and its return', async () => {
      await retail.rest(people.admin, 'DELETE', path)
      assert.equal((await told(people.admin, path))[0]![0], 'removed')
      for (const at of [path, `${path}/history`])
        assert.equal((await retail.rest(anonymous, 'GET', at)).status, 404)
      await retail.rest(people.admin, 'POST', `${path}/restore`)
      const [last] = await historyOf(people.admin, path)
      assert.deepEqual([last!.event, last!.action], ['created', 'restore'])
    })

    it('comes newest first, in pages, with the time of each change', async () => {
      const { body } = await retail.rest(people.admin, 'GET', `${path}/history?limit=2&skip=1`)
      const all = await historyOf(people.admin, path)
      assert.deepEqual([body.limit, body.skip, body.total], [2, 1, all.length])
      assert.deepEqual(body.data, all.slice(1, 3))
      const positions = all.map(({ position }) => position)
      assert.deepEqual(
        positions,
        [...positions].sort((a, b) => b - a)
      )
      for (const { at } of all) assert.match(at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
      for (const query of ['limit=0', 'limit=101', 'skip=-1', 'limit=x', 'sort=at', 'skip=1001'])
        assert.ok(
          [400, 422].includes((await retail.rest(people.admin, 'GET', `${path}/history?${query}`)).status),
          query
        )
    })

    it('is answered to sockets alike', async () => {
      const [chief, outside] = await Promise.all([retail.world.socket(people.admin), retail.world.socket()])
      assert.deepEqual(
        (await chief.call('history', 'products', { id })).data,
        await historyOf(people.admin, path)
      )
      assert.deepEqual(
        (await outside.call('history', 'products', { id })).data,
        await historyOf(anonymous, path)
      )
      assert.equal((await outside.refusal('history', 'products', { id: retail.hidden.id })).code, 404)
    })
  })

  it('of a task is for its owner, also once it is gone', async () => {
    const { owner, stranger, admin } = people
    const { body: task } = await retail.rest(owner, 'POST', '/tasks', { body: { title: 'Private' } })
    const path = `/tasks/${task.id}`
    await retail.rest(owner, 'POST', `${path}/start`)
    await retail.rest(owner, 'DELETE', path)
    assert.deepEqual((await historyOf(owner, path)).map(({ event, action }) => [event, action]), [
      ['removed', null], ['patched', 'start'], ['created', null]
    ])
    for (const person of [stranger, admin]) assert.equal((await retail.rest(person, 'GET', `${path}/history`)).status, 404)
    assert.equal((await retail.rest(anonymous, 'GET', `${path}/history`)).status, 401)
  }) // prettier-ignore

  it('of inventory and replenishments tells what each step changed', async () => {
    const { stores, tea, item, rest } = retail
    const { id } = await item(stores.a, tea)
    const body = { store_id: stores.a.id, product_id: tea.id, quantity: 4 }
    const path = `/replenishments/${(await rest(people.north, 'POST', '/replenishments', { body })).body.id}`
    await rest(people.manager, 'PATCH', `${path}/approve`)
    await rest(people.admin, 'PATCH', `${path}/fulfill`)
    const entries = await historyOf(people.manager, path)
    assert.deepEqual(entries.map(({ action, user_id }) => [action, user_id]), [['fulfill', null], ['approve', people.manager.id], [null, null]])
    assert.deepEqual(fields(entries[1]!.changes), ['approved_at', 'approved_by', 'status', 'updated_at'])
    const [moved] = await told(people.stranger, `/inventory/${id}`)
    assert.deepEqual(moved, ['patched', { current_stock: { from: 50, to: 54 } }])
  }) // prettier-ignore

  it('names nobody where SQL was run by hand', async () => {
    const path = `/stores/${retail.stores.b.id}`
    await retail.world.sql(`update stores set address = 'By hand' where id = $1`, [retail.stores.b.id])
    const [entry] = await historyOf(people.admin, path)
    assert.deepEqual(
      [entry!.user_id, entry!.changes.address.to, entry!.changes.updated_at],
      [null, 'By hand', undefined]
    )
  })

  describe('as a whole, the audit,', () => {
    it('is for admins only, and nothing can be written into it', async () => {
      for (const person of [people.owner, people.manager, people.north])
        assert.equal((await retail.rest(person, 'GET', '/audit')).status, 403, person.name)
      assert.equal((await retail.rest(anonymous, 'GET', '/audit')).status, 401)
      assert.equal((await retail.rest(people.manager, 'GET', '/audit/1')).status, 403)
      for (const [method, path] of [['POST', '/audit'], ['PATCH', '/audit/1'], ['PUT', '/audit/1'], ['DELETE', '/audit/1']])
        assert.equal((await retail.rest(people.admin, method!, path!, { body: {} })).status, 405, method)
      const socket = await retail.world.socket(people.manager)
      assert.equal((await socket.refusal('find', 'audit', {})).code, 403)
    }) // prettier-ignore

    it('is found by resource, record, person and time', async () => {
      const { tea } = retail
      await patch(people.admin, `/products/${tea.id}`, { price: 3 })
      const find = async (query: string) => (await retail.rest(people.admin, 'GET', `/audit?${query}`)).body
      const { data } = await find(`resource=products&record_id=${tea.id}&sort=-id`)
      assert.deepEqual(data.map(({ event }: Json) => event), ['patched', 'created'])
      assert.deepEqual([data[0].before.price, data[0].after.price, data[0].user_id], [2.5, 3, people.admin.id])
      const [{ created_at, id }] = data
      assert.deepEqual((await find(`resource=products&min_created_at=${created_at}&max_created_at=${created_at}`)).data.map((row: Json) => row.id), [id])
      assert.equal((await find(`created_at[$lt]=2000-01-01`)).total, 0)
      const byNorth = await find(`user_id=${people.north.id}&limit=100`)
      assert.ok(byNorth.total > 0 && byNorth.data.every(({ user_id }: Json) => user_id === people.north.id))
      assert.deepEqual(ids({ body: await find(`resource=stores,nothing`) } as Answer), [])
      assert.equal((await find(`after.name=Tea&resource=products`)).total, 2)
      assert.equal((await retail.rest(people.admin, 'GET', '/audit?colour=red')).status, 400)
    }) // prettier-ignore

    it('names records and people by ids of their own type, which can be sent back as a filter', async () => {
      const { tea } = retail
      const query = { resource: 'products', record_id: tea.id, user_id: people.admin.id, $limit: 1 }
      const socket = await retail.world.socket(people.admin)
      const [entry] = (await socket.call('find', 'audit', query)).data
      assert.deepEqual([entry.record_id, entry.user_id, entry.impersonator_id], [tea.id, people.admin.id, null])
      assert.deepEqual((await socket.call('get', 'audit', entry.id)).record_id, tea.id)
      const alone = (await retail.rest(people.admin, 'GET', `/audit?record_id=${tea.id}&fields=record_id&limit=1`)).body
      assert.deepEqual(Object.keys(alone.data[0]), ['id', 'record_id'])
      assert.equal(typeof alone.data[0].record_id, 'number')
      const session = (await retail.rest(people.admin, 'GET', '/audit?resource=sessions&limit=1')).body.data[0]
      assert.equal(typeof session.record_id, 'string', 'sessions are counted by UUIDs')
    }) // prettier-ignore

    it('holds no password', async () => {
      const { body } = await retail.rest(people.admin, 'GET', '/audit?resource=users&limit=100')
      assert.ok(body.total > 0)
      assert.ok(!JSON.stringify(body).includes('password') && !JSON.stringify(body).includes('$2'))
    })
  })
})
