import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import type { AnyResource } from '../../packages/rachis/src/declare'
import { authenticated, defineResource, nullable, role, text } from '../../packages/rachis/src/declare'
import type { Answer, Json, Person, World } from '../helpers/world'
import { anonymous } from '../helpers/world'
import { Shop } from '../services/shop'
import type { Cast } from '../services/shop'

const letters = defineResource('letters', {
  fields: { text: text({ maxLength: 40 }), secret: nullable(text({ maxLength: 40 })) },
  access: {
    read: true,
    create: authenticated,
    update: authenticated,
    remove: authenticated,
    fields: { secret: { read: role('admin'), write: true } }
  }
})

describe('Idempotency-Key', () => {
  let shop: Shop
  let world: World
  let cast: Cast
  before(async () => {
    shop = await Shop.open({ resources: [letters as unknown as AnyResource] })
    ;({ world, cast } = shop)
  })
  after(() => world.close())

  const call = (person: Person, method: string, path: string, body: Json | undefined, key: string) =>
    world.rest(person, method, path, { body, headers: { 'Idempotency-Key': key } })
  const isReplayed = ({ headers }: Answer) => headers.get('idempotency-replayed') === 'true'
  const count = async (table: string) =>
    Number((await world.sql(`select count(*)::int as count from ${table}`))[0]!.count)

  it('answers the same call again, and makes it once', async () => {
    const listener = await world.socket(cast.owner)
    const key = randomUUID()
    const first = await call(cast.owner, 'POST', '/tasks', { title: 'once' }, key)
    const second = await call(cast.owner, 'POST', '/tasks', { title: 'once' }, key)
    assert.deepEqual([first.status, second.status], [201, 201])
    assert.deepEqual(second.body, first.body)
    assert.equal(second.headers.get('location'), first.headers.get('location'))
    assert.deepEqual([isReplayed(first), isReplayed(second)], [false, true])
    assert.deepEqual(await listener.told(), ['tasks created'])
  })

  it('takes a key in quotes for the same key, as the draft writes it', async () => {
    const key = randomUUID()
    const { body } = await call(cast.owner, 'POST', '/tasks', { title: 'quoted' }, key)
    const again = await call(cast.owner, 'POST', '/tasks', { title: 'quoted' }, `"${key}"`)
    assert.equal(again.body.id, body.id)
  })

  it('does not depend on the order of keys in the body', async () => {
    const key = randomUUID()
    const { body } = await call(cast.owner, 'POST', '/tasks', { title: 'a', priority: 'high' }, key)
    const again = await call(cast.owner, 'POST', '/tasks', { priority: 'high', title: 'a' }, key)
    assert.equal(again.body.id, body.id)
  })

  it('refuses a key that was used for another call, and changes nothing', async () => {
    const key = randomUUID()
    const { body } = await call(cast.owner, 'POST', '/tasks', { title: 'first' }, key)
    const before = await count('tasks')
    for (const [method, path, sent] of [
      ['POST', '/tasks', { title: 'other' }],
      ['POST', '/tasks?fields=title', { title: 'first' }],
      ['PATCH', `/tasks/${body.id}`, { title: 'first' }],
      ['POST', `/tasks/${body.id}/complete`, {}],
      ['DELETE', `/tasks/${body.id}`, undefined]
    ] as const) {
      const refused = await call(cast.owner, method, path, sent, key)
      assert.equal(refused.status, 422, `${method} ${path}`)
      assert.equal(refused.body.error.code, 'IDEMPOTENCY_KEY_REUSED')
    }
    assert.equal(await count('tasks'), before)
  })

  it('is each caller’s own', async () => {
    const key = randomUUID()
    const mine = await call(cast.owner, 'POST', '/tasks', { title: 'mine' }, key)
    const theirs = await call(cast.stranger, 'POST', '/tasks', { title: 'mine' }, key)
    assert.equal(theirs.status, 201)
    assert.notEqual(theirs.body.id, mine.body.id)
    assert.equal(isReplayed(theirs), false)
    assert.equal((await call(anonymous, 'POST', '/tasks', { title: 'mine' }, key)).status, 401)
  })

  it('answers a change and a removal again, whatever has happened to the record since', async () => {
    const { body: task } = await world.rest(cast.owner, 'POST', '/tasks', { body: { title: 'old' } })
    const [change, removal] = [randomUUID(), randomUUID()]
    const path = `/tasks/${task.id}`
    const changed = await call(cast.owner, 'PATCH', path, { title: 'new' }, change)
    await world.rest(cast.owner, 'PATCH', path, { body: { title: 'newer' } })
    const again = await call(cast.owner, 'PATCH', path, { title: 'new' }, change)
    assert.deepEqual(again.body, changed.body)
    assert.equal((await world.rest(cast.owner, 'GET', path)).body.title, 'newer')
    const removed = await call(cast.owner, 'DELETE', path, undefined, removal)
    const removedAgain = await call(cast.owner, 'DELETE', path, undefined, removal)
    assert.deepEqual([removed.status, removedAgain.status], [removed.status, removed.status])
    assert.deepEqual(removedAgain.body, removed.body)
  })

  it('takes stock once for an order that is sent twice', async () => {
    const { id } = await shop.product({ stock_quantity: 10 })
    const key = randomUUID()
    const send = () => call(cast.owner, 'POST', '/orders', shop.body([[id, 3]]), key)
    const [first, second] = [await send(), await send()]
    assert.equal(second.body.id, first.body.id)
    assert.equal(await shop.stock(id), 7)
    const [stopped, again] = [randomUUID(), randomUUID()]
    const cancel = (with_: string) => call(cast.owner, 'POST', `/orders/${first.body.id}/cancel`, {}, with_)
    assert.deepEqual([(await cancel(stopped)).status, (await cancel(stopped)).status], [200, 200])
    assert.equal((await cancel(again)).status, 409)
    assert.equal(await shop.stock(id), 10)
  })

  it('keeps nothing of a call that failed', async () => {
    const key = randomUUID()
    const { id } = await shop.product({ stock_quantity: 1 })
    const send = () => call(cast.owner, 'POST', '/orders', shop.body([[id, 2]]), key)
    assert.equal((await send()).status, 409)
    await world.sql('update products set stock_quantity = 5 where id = $1', [id])
    const done = await send()
    assert.deepEqual([done.status, isReplayed(done)], [201, false])
    assert.equal(await shop.stock(id), 3)
  })

  it('shows a repeated answer by the rights that its caller has now', async () => {
    const clerk = await world.register('clerk', { role: 'admin' })
    const [create, change] = [randomUUID(), randomUUID()]
    const { body } = await call(clerk, 'POST', '/letters', { text: 'a', secret: 'b' }, create)
    await call(clerk, 'PATCH', `/letters/${body.id}`, { secret: 'c' }, change)
    assert.equal(body.secret, 'b')
    await world.sql(`update users set role = 'user' where id = $1`, [clerk.id])
    await world.settled()
    const again = await call(clerk, 'POST', '/letters', { text: 'a', secret: 'b' }, create)
    assert.deepEqual([again.status, again.body.text, 'secret' in again.body], [201, 'a', false])
    const changed = await call(clerk, 'PATCH', `/letters/${body.id}`, { secret: 'c' }, change)
    assert.equal('secret' in changed.body, false)
    const [stored] = await world.sql(`select answer from idempotency_keys order by created_at desc limit 1`)
    assert.ok(!String(stored!.answer).includes('secret'), 'what is kept is sealed')
  })

  it('holds a key that is none against its caller', async () => {
    for (const key of ['', ' ', 'ä', 'x'.repeat(256), 'a b']) {
      const { status, body } = await world.rest(cast.owner, 'POST', '/tasks', {
        body: { title: 'x' },
        headers: { 'Idempotency-Key': encodeURI(key) === key ? key : encodeURI(key).replaceAll('%20', ' ') }
      })
      if (status !== 201) assert.deepEqual([status, body.error.field], [400, 'Idempotency-Key'], key)
    }
  })

  it('is of no effect on a read', async () => {
    const key = randomUUID()
    const read = () => call(cast.owner, 'GET', '/tasks?limit=1', undefined, key)
    assert.deepEqual([(await read()).status, (await read()).status], [200, 200])
  })

  it('comes in the query of a call over a socket, and holds for both transports', async () => {
    const socket = await world.socket(cast.owner)
    const key = randomUUID()
    const send = () => socket.call('create', 'tasks', { title: 'socket' }, { $idempotency_key: key })
    const [first, second] = [(await send()) as Json, (await send()) as Json]
    assert.equal(second.id, first.id)
    const { body } = await call(cast.owner, 'POST', '/tasks', { title: 'socket' }, key)
    assert.equal(body.id, first.id)
    await assert.rejects(socket.call('create', 'tasks', { title: 'x' }, { $idempotency_key: { a: 1 } }))
  })

  it('answers a sign-in again, which runs without a transaction', async () => {
    const key = randomUUID()
    const login = () => call(anonymous, 'POST', '/auth/login', { email: cast.owner.email, password: 'correct-horse' }, key) // prettier-ignore
    const [first, second] = [await login(), await login()]
    assert.deepEqual([first.status, second.status], [200, 200])
    assert.equal(second.body.access_token, first.body.access_token)
  })

  it('forgets after a day', async () => {
    const key = randomUUID()
    const send = () => call(cast.owner, 'POST', '/tasks', { title: 'daily' }, key)
    const first = await send()
    await world.sql(`update idempotency_keys set created_at = now() - interval '25 hours'`)
    const next = await send()
    assert.deepEqual([next.status, isReplayed(next)], [201, false])
    assert.notEqual(next.body.id, first.body.id)
    assert.equal((await send()).body.id, next.body.id)
    await world.app.get('remembered').prune()
    assert.equal(await count('idempotency_keys'), 1)
  })
})
