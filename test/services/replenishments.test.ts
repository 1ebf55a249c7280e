import assert from 'node:assert/strict'
import type { Answer, Json, Person, World } from '../helpers/world'
import { anonymous, startWorld } from '../helpers/world'
import type { Retail } from './retail'
import { openRetail } from './retail'

describe('replenishments', () => {
  let retail: Retail
  let second: World
  let item: Json
  const call = (person: Person, id: number, step: string, world = retail.world): Promise<Answer> =>
    world.rest(person, 'PATCH', `/replenishments/${id}/${step}`)
  const request = async (
    quantity = 10,
    product_id = retail.tea.id,
    store = retail.stores.a
  ): Promise<Json> => {
    const keeper = store === retail.stores.a ? retail.people.north : retail.people.south
    const body = { store_id: store.id, product_id, quantity }
    const made = await retail.rest(keeper, 'POST', '/replenishments', { body })
    assert.equal(made.status, 201, JSON.stringify(made.body))

    return made.body
  }
  const approved = async (...args: Parameters<typeof request>): Promise<Json> => {
    const { id } = await request(...args)
    return (await call(retail.people.manager, id, 'approve')).body
  }
  const stock = async (id = item.id): Promise<number> =>
    (await retail.world.sql('select current_stock from inventory where id = $1', [id]))[0]!.current_stock
  const set = (current_stock: number, max_stock = 100) =>
    retail.world.sql('update inventory set current_stock = $1, max_stock = $2 where id = $3', [
      current_stock,
      max_stock,
      item.id
    ])
  const status = async (id: number): Promise<string> => (await retail.world.sql('select status from replenishments where id = $1', [id]))[0]!.status // prettier-ignore

  before(async () => {
    retail = await openRetail()
    second = await startWorld({ database: retail.world.database })
    item = await retail.item(retail.stores.a, retail.tea)
  })
  beforeEach(() => set(50))
  after(async () => {
    await second.close(true)
    await retail.world.close()
  })

  describe('are asked for', () => {
    it('by the manager of the store, or by an admin', async () => {
      const { people, rest, stores, tea } = retail
      const body = { store_id: stores.a.id, product_id: tea.id, quantity: 5 }
      const made = await rest(people.north, 'POST', '/replenishments', { body })
      assert.deepEqual([made.status, made.body.status, made.body.approved_by], [201, 'pending', null])
      assert.equal((await rest(people.admin, 'POST', '/replenishments', { body })).status, 201)
      assert.deepEqual(
        (await rest(people.stranger, 'GET', `/replenishments/${made.body.id}`)).body,
        made.body
      )
      assert.equal((await rest(anonymous, 'GET', '/replenishments')).status, 401)
    })

    it('by nobody else, not for another store, and not as if they were approved', async () => {
      const { people, rest, stores, tea, world } = retail
      const body = { store_id: stores.a.id, product_id: tea.id, quantity: 5 }
      const [before] = await world.sql('select count(*) from replenishments')
      for (const person of [people.south, people.manager, people.stranger])
        assert.equal((await rest(person, 'POST', '/replenishments', { body })).status, 403, person.name)
      for (const [field, value] of Object.entries({ status: 'approved', approved_by: people.north.id, fulfilled_at: null, quantity: 0 })) {
        const refused = await rest(people.north, 'POST', '/replenishments', { body: { ...body, [field]: value } })
        assert.deepEqual([refused.status, refused.body.error.field], [422, field])
      }
      assert.deepEqual((await world.sql('select count(*) from replenishments'))[0], before)
    }) // prettier-ignore

    it('and not changed or removed afterwards', async () => {
      const { people, rest } = retail
      const { id } = await request()
      for (const method of ['PUT', 'PATCH', 'DELETE']) {
        const answer = await rest(people.admin, method, `/replenishments/${id}`, { body: { quantity: 99 } })
        assert.deepEqual([answer.status, answer.headers.get('allow')], [405, 'GET, HEAD, OPTIONS'], method)
      }
    })
  })

  describe('are approved', () => {
    it('by an admin or a manager, whose name and time are kept', async () => {
      const { people } = retail
      for (const person of [people.manager, people.admin]) {
        const { id } = await request()
        const { status, body } = await call(person, id, 'approve')
        assert.deepEqual([status, body.status, body.approved_by, body.fulfilled_at], [200, 'approved', person.id, null])
        assert.ok(Math.abs(Date.parse(body.approved_at) - Date.now()) < 10_000)
      }
      assert.equal(await stock(), 50, 'nothing is moved yet')
    }) // prettier-ignore

    it("not by the store's manager himself, nor by anybody else", async () => {
      const { people, world } = retail
      const { id } = await request()
      const socket = await world.socket(people.stranger)
      for (const person of [people.north, people.south, people.stranger])
        for (const step of ['approve', 'fulfill']) assert.equal((await call(person, id, step)).status, 403, `${person.name} ${step}`)
      assert.equal((await call(anonymous, id, 'approve')).status, 401)
      assert.equal(await status(id), 'pending')
      await world.settled()
      assert.deepEqual(await socket.drained(), [])
    }) // prettier-ignore

    it('once, and before they are fulfilled', async () => {
      const { manager, admin } = retail.people
      const { id } = await request()
      const early = await call(manager, id, 'fulfill')
      assert.deepEqual([early.status, early.body.error.code], [409, 'STATE_CONFLICT'])
      assert.deepEqual([early.body.error.details[0].expected, early.body.error.details[0].provided], [['approved'], 'pending'])
      await call(manager, id, 'approve')
      assert.equal((await call(admin, id, 'approve')).status, 409)
      const [row] = await retail.world.sql('select approved_by from replenishments where id = $1', [id])
      assert.equal(Number(row!.approved_by), manager.id)
    }) // prettier-ignore

    it('at PATCH, as declared; POST is told what there is', async () => {
      const { id } = await request()
      const posted = await retail.rest(retail.people.manager, 'POST', `/replenishments/${id}/approve`)
      assert.deepEqual([posted.status, posted.headers.get('allow')], [405, 'PATCH, OPTIONS'])
      const socket = await retail.world.socket(retail.people.manager)
      assert.equal((await socket.call('approve', 'replenishments', { id })).status, 'approved')
      const headers = { 'X-Service-Method': 'fulfill' }
      const named = await retail.rest(retail.people.manager, 'POST', '/replenishments', {
        headers,
        body: { id }
      })
      assert.equal(named.body.status, 'fulfilled', "as Feathers' own REST client asks")
      assert.equal((await call(retail.people.manager, 999_999, 'approve')).status, 404)
      assert.equal((await call(retail.people.manager, 'x' as never, 'approve')).status, 404)
    })
  })

  describe('are fulfilled', () => {
    it('by moving the quantity into the inventory of the store, in one step', async () => {
      const { manager } = retail.people
      const { id } = await approved(30)
      const { status, body } = await call(manager, id, 'fulfill')
      assert.deepEqual([status, body.status, body.quantity], [200, 'fulfilled', 30])
      assert.ok(Math.abs(Date.parse(body.fulfilled_at) - Date.now()) < 10_000)
      assert.equal(await stock(), 80)
      const [row] = await retail.world.sql('select updated_at > created_at as is_touched from inventory where id = $1', [item.id])
      assert.equal(row!.is_touched, true)
    }) // prettier-ignore

    it('and everybody who may see them is told of both, once, by the one who did it', async () => {
      const { world, people } = retail
      const { id } = await approved(1)
      await world.settled()
      const [seen, outside] = await Promise.all([world.socket(people.stranger), world.socket()])
      const { body } = await call(people.manager, id, 'fulfill')
      await world.settled()
      const names = await seen.drained()
      assert.deepEqual(names, ['inventory patched', 'replenishments patched', 'replenishments fulfill'])
      assert.deepEqual(seen.events[1]!.data, body)
      assert.equal(seen.events[0]!.data.current_stock, 51)
      assert.deepEqual(await outside.drained(), [])
      const changes = await world.sql('select resource, action, user_id, trace_id from changes order by id desc limit 2')
      assert.deepEqual(changes.map(({ resource, action, user_id }) => [resource, action, user_id]), [
        ['replenishments', 'fulfill', String(people.manager.id)], ['inventory', null, String(people.manager.id)]
      ])
      assert.equal(changes[0]!.trace_id, changes[1]!.trace_id)
    }) // prettier-ignore

    it('up to the maximum and not above: then nothing is changed', async () => {
      const { world, people } = retail
      const [fits, over] = [await approved(50), await approved(51)]
      await world.settled()
      const socket = await world.socket(people.stranger)
      const refused = await call(people.manager, over.id, 'fulfill')
      assert.deepEqual([refused.status, refused.body.error.code], [409, 'STOCK_LIMIT'])
      assert.deepEqual(refused.body.error.details, [
        { field: 'quantity', message: '51 do not fit: the store has 50 of at most 100', rule: 'stock_limit', expected: 50, provided: 51 }
      ])
      assert.deepEqual([await stock(), await status(over.id)], [50, 'approved'])
      await world.settled()
      assert.deepEqual(await socket.drained(), [], 'a refused step tells nobody')
      assert.equal((await call(people.manager, fits.id, 'fulfill')).status, 200)
      assert.equal(await stock(), 100)
      const none = await call(people.manager, over.id, 'fulfill')
      assert.equal(none.body.error.details[0].expected, 0)
    }) // prettier-ignore

    it('only where the store keeps the product', async () => {
      const { people, kettle, item: keep, stores } = retail
      const { id } = await approved(5, kettle.id)
      const refused = await call(people.manager, id, 'fulfill')
      assert.deepEqual([refused.status, refused.body.error.code, refused.body.error.field], [409, 'MISSING_REFERENCE', 'product_id'])
      assert.equal(await status(id), 'approved')
      const kept = await keep(stores.a, kettle, { current_stock: 0 })
      assert.equal((await call(people.manager, id, 'fulfill')).status, 200)
      assert.equal(await stock(kept.id), 5)
    }) // prettier-ignore
  })

  describe('are cancelled', () => {
    it("by the store's manager or an admin, until they are fulfilled; nothing is moved", async () => {
      const { people } = retail
      const [pending, ready, done] = [await request(), await approved(), await approved()]
      await call(people.manager, done.id, 'fulfill')
      for (const person of [people.south, people.manager, people.stranger])
        assert.equal((await call(person, pending.id, 'cancel')).status, 403, person.name)
      assert.equal((await call(people.north, pending.id, 'cancel')).body.status, 'cancelled')
      assert.equal((await call(people.admin, ready.id, 'cancel')).body.status, 'cancelled')
      assert.equal((await call(people.north, done.id, 'cancel')).status, 409)
      assert.equal((await call(people.manager, ready.id, 'fulfill')).status, 409)
      assert.equal(await stock(), 60)
    })
  })

  describe('when several act at once', () => {
    const codes = (answers: readonly Answer[]) => answers.map((answer) => answer.status).sort()

    it('one fulfils, the others are told that it is done: the stock moves once', async () => {
      const { manager, admin } = retail.people
      for (let round = 0; round < 10; round++) {
        await set(0)
        const { id } = await approved(10)
        const answers = await Promise.all(
          [retail.world, second, retail.world, second].map((world, i) => call(i % 2 ? admin : manager, id, 'fulfill', world))
        )
        assert.deepEqual(codes(answers), [200, 409, 409, 409])
        for (const { body } of answers.filter(({ status }) => status === 409)) assert.equal(body.error.code, 'STATE_CONFLICT')
        assert.equal(await stock(), 10)
        const changes = await retail.world.sql(`select from changes where resource = 'replenishments' and record_id = $1 and action = 'fulfill'`, [String(id)])
        assert.equal(changes.length, 1)
      }
    }) // prettier-ignore

    it('as many as fit are fulfilled, whoever comes first', async () => {
      const { manager, admin } = retail.people
      await set(0, 45)
      const wanted = await Promise.all(Array.from({ length: 8 }, () => approved(10)))
      const answers = await Promise.all(
        wanted.map(({ id }, i) => call(i % 2 ? admin : manager, id, 'fulfill', i % 3 ? retail.world : second))
      )
      assert.deepEqual(codes(answers), [200, 200, 200, 200, 409, 409, 409, 409])
      for (const { body } of answers.filter(({ status }) => status === 409)) assert.equal(body.error.code, 'STOCK_LIMIT')
      assert.equal(await stock(), 40)
      const [done] = await retail.world.sql('select count(*)::int as n from replenishments where status = $1 and id = any($2)', [
        'fulfilled', wanted.map(({ id }) => id)
      ])
      assert.equal(done!.n, 4)
    }) // prettier-ignore

    it('it is fulfilled or cancelled, never both', async () => {
      const { manager, north } = retail.people
      for (let round = 0; round < 10; round++) {
        await set(0)
        const { id } = await approved(10)
        const [fulfilled, cancelled] = await Promise.all([call(manager, id, 'fulfill'), call(north, id, 'cancel', second)])
        assert.deepEqual(codes([fulfilled, cancelled]), [200, 409])
        assert.equal(await status(id), fulfilled.status === 200 ? 'fulfilled' : 'cancelled')
        assert.equal(await stock(), fulfilled.status === 200 ? 10 : 0)
      }
    }) // prettier-ignore

    it('a sale by SQL in between is not lost', async () => {
      const { manager } = retail.people
      await set(50)
      const wanted = await Promise.all(Array.from({ length: 5 }, () => approved(5)))
      const sell = () => retail.world.sql('update inventory set current_stock = current_stock - 1 where id = $1', [item.id])
      const [answers] = await Promise.all([
        Promise.all(wanted.map(({ id }) => call(manager, id, 'fulfill'))),
        Promise.all(Array.from({ length: 10 }, sell))
      ])
      assert.deepEqual(codes(answers), [200, 200, 200, 200, 200])
      assert.equal(await stock(), 50 + 25 - 10)
    }) // prettier-ignore
  })
})
