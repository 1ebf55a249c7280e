import assert from 'node:assert/strict'
import { $user, belongsTo, defineResource, text } from '../../packages/rachis/src/declare'
import type { AnyResource } from '../../packages/rachis/src/declare'
import type { Json, Listener, Person, World } from '../helpers/world'
import { startWorld } from '../helpers/world'
import type { Retail } from './retail'
import { openRetail } from './retail'

/** Seen by the managers of its store only: a membership decides of reading as well. */
const memos = defineResource('memos', {
  fields: { text: text({ maxLength: 100 }), store_id: belongsTo('stores', { on_delete: 'cascade' }) },
  access: { read: { store_id: { $in: $user.store_ids } }, create: { $user: { role: 'admin' } } }
}) as unknown as AnyResource

describe('memberships', () => {
  let retail: Retail
  let second: World
  let item: Json
  let memo: Json
  before(async () => {
    // Nothing but the feed ends what is remembered of somebody.
    const settings = { auth: { cache_ttl: 3600 } }
    retail = await openRetail({ resources: [memos], settings })
    second = await startWorld({ database: retail.world.database, resources: [memos], settings })
    item = await retail.item(retail.stores.a, retail.tea)
    const { id } = await retail.make('/memos', {
      text: 'Keys are under the mat',
      store_id: retail.stores.a.id
    })
    memo = (await retail.rest(retail.people.north, 'GET', `/memos/${id}`)).body
    await retail.make('/memos', { text: 'For the south', store_id: retail.stores.b.id })
  })
  after(async () => {
    await second.close(true)
    await retail.world.close()
  })

  const write = (person: Person, world = retail.world) =>
    world
      .rest(person, 'PATCH', `/inventory/${item.id}`, { body: { reorder_level: 7 } })
      .then(({ status }) => status)
  const bySocket = (socket: Listener) =>
    socket.call('patch', 'inventory', item.id, { reorder_level: 7 }).then(() => 200, ({ code }: Json) => code as number) // prettier-ignore

  /** Asks until the answer is the one that is due. */
  const becomes = async (due: number, ask: () => Promise<number>): Promise<void> => {
    while ((await ask()) !== due);
  }
  const giveTo = (person: Person | null) =>
    retail.rest(retail.people.admin, 'PATCH', `/stores/${retail.stores.a.id}`, {
      body: { manager_id: person?.id ?? null }
    })
  const giveBySql = (person: Person | null) =>
    retail.world.sql('update stores set manager_id = $2 where id = $1', [
      retail.stores.a.id,
      person?.id ?? null
    ])
  beforeEach(async () => {
    await giveTo(retail.people.north)
    await becomes(200, () => write(retail.people.north))
    await becomes(200, () => write(retail.people.north, second))
  })

  const ways: [string, (person: Person | null) => Promise<unknown>][] = [
    ['an admin', giveTo],
    ['SQL', giveBySql]
  ]
  for (const [name, give] of ways) {
    it(`that ${name} takes away are gone as soon as the feed tells it: at every door, in every process`, async () => {
      const { people, world } = retail
      const { north, stranger } = people
      const [near, far] = [await world.socket(north), await second.socket(north)]
      assert.deepEqual([await bySocket(near), await bySocket(far), await write(stranger)], [200, 200, 403])
      await give(stranger)
      await becomes(403, () => write(north))
      await becomes(403, () => write(north, second))
      await becomes(403, () => bySocket(near))
      await becomes(403, () => bySocket(far))
      await becomes(200, () => write(stranger))
      await becomes(200, () => write(stranger, second))
      const { body } = await retail.rest(north, 'PATCH', `/stores/${retail.stores.a.id}`, {
        body: { name: 'Mine' }
      })
      assert.equal(body.code, 403)
    })

    it(`that ${name} takes away take what only they showed along, as they bring it`, async () => {
      const { people, world } = retail
      const { north, stranger, south, admin } = people
      await world.settled()
      const [loser, gainer, other, chief] = await Promise.all([north, stranger, south, admin].map((person) => world.socket(person)))
      await give(stranger)
      assert.deepEqual((await loser!.event('memos removed')).data, { id: memo.id })
      assert.deepEqual((await gainer!.event('memos created')).data, memo)
      await world.settled()
      const told = async (socket: Listener) => (await socket.drained()).filter((event) => event.startsWith('memos'))
      assert.deepEqual([await told(loser!), await told(gainer!)], [['memos removed'], ['memos created']])
      assert.deepEqual([await told(other!), await told(chief!)], [[], []])
      assert.equal((await world.rest(north, 'GET', `/memos/${memo.id}`)).status, 403)
      assert.deepEqual((await world.rest(stranger, 'GET', '/memos')).body.data, [memo])
      await world.sql(`update memos set text = 'Changed' where id = $1`, [memo.id])
      assert.equal((await gainer!.event('memos patched')).data.text, 'Changed')
      await world.settled()
      assert.deepEqual(await told(loser!), ['memos removed'], 'and what happens later is not told')
      await world.sql(`update memos set text = $2 where id = $1`, [memo.id, memo.text])
      memo = (await world.rest(stranger, 'GET', `/memos/${memo.id}`)).body
    }) // prettier-ignore
  }

  it('that nobody has any more bring no error', async () => {
    const { north } = retail.people
    await giveTo(null)
    await becomes(403, () => write(north))
    assert.equal((await retail.rest(north, 'GET', '/memos')).status, 403, 'no clause of the rule could hold')
  })

  it('of several stores all count, and go with the store', async () => {
    const { people, make, rest, product } = retail
    const extra = await make('/stores', { name: 'Annex', region: 'North', manager_id: people.north.id })
    const thing = await product()
    const create = async () => (await rest(people.north, 'POST', '/inventory', { body: { store_id: extra.id, product_id: thing.id } })).status
    await becomes(201, create)
    const moved = await rest(people.north, 'PATCH', `/inventory/${item.id}`, { body: { store_id: extra.id } })
    assert.equal(moved.status, 200, 'from one of their stores to another')
    await rest(people.north, 'PATCH', `/inventory/${item.id}`, { body: { store_id: retail.stores.a.id } })
    await retail.world.sql('delete from inventory where store_id = $1', [extra.id])
    await rest(people.admin, 'DELETE', `/stores/${extra.id}`)
    await becomes(403, create)
    assert.equal(await write(people.north), 200, 'the other store is still theirs')
  }) // prettier-ignore

  it('cannot be claimed by whoever calls', async () => {
    const { world, people, stores } = retail
    const claim = { store_ids: [stores.a.id], manager_id: people.stranger.id }
    const registered = await world.rest({ name: '' }, 'POST', '/auth/register', {
      body: { email: 'x@example.com', username: 'claimer', password: 'correct-horse', store_ids: [stores.a.id] }
    })
    assert.equal(registered.status, 422)
    assert.equal((await world.rest(people.stranger, 'PATCH', `/users/${people.stranger.id}`, { body: claim })).status, 422)
    const socket = await world.socket(people.stranger)
    assert.equal((await socket.refusal('patch', 'inventory', item.id, { reorder_level: 1 }, { user: claim })).code, 403)
    assert.equal((await world.rest(people.north, 'GET', '/auth/me')).body.store_ids, undefined)
  }) // prettier-ignore

  it('are worth nothing once the account is switched off', async () => {
    const { world, people } = retail
    const keeper = await world.register('keeper')
    await giveTo(keeper)
    await becomes(200, () => write(keeper))
    const socket = await world.socket(keeper)
    await retail.rest(people.admin, 'PATCH', `/users/${keeper.id}`, { body: { is_active: false } })
    await becomes(401, () => write(keeper))
    await becomes(401, () => bySocket(socket))
  })
})
