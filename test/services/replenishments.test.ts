import assert from 'node:assert/strict'
import { anonymous } from '../helpers/world'
import { Depot } from './depot'
import type { Retail } from './retail'

describe('replenishments', () => {
  let depot: Depot
  let retail: Retail
  before(async () => {
    depot = await Depot.open()
    retail = depot.retail
  })
  beforeEach(() => depot.set(50))
  after(() => retail.world.close())

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
      const { id } = await depot.request()
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
        const { id } = await depot.request()
        const { status, body } = await depot.call(person, id, 'approve')
        assert.deepEqual([status, body.status, body.approved_by, body.fulfilled_at], [200, 'approved', person.id, null])
        assert.ok(Math.abs(Date.parse(body.approved_at) - Date.now()) < 10_000)
      }
      assert.equal(await depot.stock(), 50, 'nothing is moved yet')
    }) // prettier-ignore

    it("not by the store's managers themselves, nor by anybody else", async () => {
      const { people, world } = retail
      const { id } = await depot.request()
      await world.settled()
      const socket = await world.socket(people.stranger)
      for (const person of [people.north, people.south, people.stranger])
        for (const step of ['approve', 'fulfill']) assert.equal((await depot.call(person, id, step)).status, 403, `${person.name} ${step}`)
      assert.equal((await depot.call(anonymous, id, 'approve')).status, 401)
      assert.equal(await depot.status(id), 'pending')
      await world.settled()
      assert.deepEqual(await socket.drained(), [])
    }) // prettier-ignore

    it('once, and before they are fulfilled', async () => {
      const { manager, admin } = retail.people
      const { id } = await depot.request()
      const early = await depot.call(manager, id, 'fulfill')
      assert.deepEqual([early.status, early.body.error.code], [409, 'STATE_CONFLICT'])
      assert.match(early.body.error.hint, /^From pending you can .*approve/)
      assert.deepEqual([early.body.error.details[0].expected, early.body.error.details[0].provided], [['approved'], 'pending'])
      await depot.call(manager, id, 'approve')
      assert.equal((await depot.call(admin, id, 'approve')).status, 409)
      const [row] = await retail.world.sql('select approved_by from replenishments where id = $1', [id])
      assert.equal(Number(row!.approved_by), manager.id)
    }) // prettier-ignore

    it('at PATCH, as declared; POST is told what there is', async () => {
      const { id } = await depot.request()
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
      assert.equal((await depot.call(retail.people.manager, 999_999, 'approve')).status, 404)
      assert.equal((await depot.call(retail.people.manager, 'x' as never, 'approve')).status, 404)
    })
  })

  describe('are fulfilled', () => {
    it('by moving the quantity into the inventory of the store, in one step', async () => {
      const { manager } = retail.people
      const { id } = await depot.approved(30)
      const { status, body } = await depot.call(manager, id, 'fulfill')
      assert.deepEqual([status, body.status, body.quantity], [200, 'fulfilled', 30])
      assert.ok(Math.abs(Date.parse(body.fulfilled_at) - Date.now()) < 10_000)
      assert.equal(await depot.stock(), 80)
      const [row] = await retail.world.sql('select updated_at > created_at as is_touched from inventory where id = $1', [depot.item.id])
      assert.equal(row!.is_touched, true)
    }) // prettier-ignore

    it('and everybody who may see them is told of both, once, by the one who did it', async () => {
      const { world, people } = retail
      const { id } = await depot.approved(1)
      await world.settled()
      const [seen, outside] = await Promise.all([world.socket(people.stranger), world.socket()])
      const { body } = await depot.call(people.manager, id, 'fulfill')
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
      const [fits, over] = [await depot.approved(50), await depot.approved(51)]
      await world.settled()
      const socket = await world.socket(people.stranger)
      const refused = await depot.call(people.manager, over.id, 'fulfill')
      assert.deepEqual([refused.status, refused.body.error.code], [409, 'STOCK_LIMIT'])
      assert.equal(refused.body.error.hint, 'Ask for at most 50')
      assert.deepEqual(refused.body.error.details, [
        { field: 'quantity', message: '51 do not fit: the store has 50 of at most 100', rule: 'stock_limit', expected: 50, provided: 51 }
      ])
      assert.deepEqual([await depot.stock(), await depot.status(over.id)], [50, 'approved'])
      await world.settled()
      assert.deepEqual(await socket.drained(), [], 'a refused step tells nobody')
      assert.equal((await depot.call(people.manager, fits.id, 'fulfill')).status, 200)
      assert.equal(await depot.stock(), 100)
      const none = await depot.call(people.manager, over.id, 'fulfill')
      assert.equal(none.body.error.details[0].expected, 0)
    }) // prettier-ignore

    it('wholly or not at all: where the second half fails the first is taken back, and nobody is told', async () => {
      const { world, people } = retail
      const { id } = await depot.approved(5)
      await world.settled()
      const socket = await world.socket(people.stranger)
      await world.sql(
        `alter table replenishments add constraint no_end check (status <> 'fulfilled') not valid`
      )
      const refused = await depot.call(people.manager, id, 'fulfill')
      await world.sql('alter table replenishments drop constraint no_end')
      assert.deepEqual([refused.status, await depot.stock(), await depot.status(id)], [422, 50, 'approved'])
      await world.settled()
      assert.deepEqual(await socket.drained(), [])
      assert.equal((await depot.call(people.manager, id, 'fulfill')).status, 200)
    })

    it('only where the store keeps the product', async () => {
      const { people, kettle, item: keep, stores } = retail
      const { id } = await depot.approved(5, kettle.id)
      const refused = await depot.call(people.manager, id, 'fulfill')
      assert.deepEqual([refused.status, refused.body.error.code, refused.body.error.field], [409, 'MISSING_REFERENCE', 'product_id'])
      assert.equal(await depot.status(id), 'approved')
      const kept = await keep(stores.a, kettle, { current_stock: 0 })
      assert.equal((await depot.call(people.manager, id, 'fulfill')).status, 200)
      assert.equal(await depot.stock(kept.id), 5)
    }) // prettier-ignore
  })

  describe('are cancelled', () => {
    it("by the store's manager or an admin, until they are fulfilled; nothing is moved", async () => {
      const { people } = retail
      const [pending, ready, done] = [await depot.request(), await depot.approved(), await depot.approved()]
      await depot.call(people.manager, done.id, 'fulfill')
      for (const person of [people.south, people.manager, people.stranger])
        assert.equal((await depot.call(person, pending.id, 'cancel')).status, 403, person.name)
      assert.equal((await depot.call(people.north, pending.id, 'cancel')).body.status, 'cancelled')
      assert.equal((await depot.call(people.admin, ready.id, 'cancel')).body.status, 'cancelled')
      assert.equal((await depot.call(people.north, done.id, 'cancel')).status, 409)
      assert.equal((await depot.call(people.manager, ready.id, 'fulfill')).status, 409)
      assert.equal(await depot.stock(), 60)
    })
  })
})
