import assert from 'node:assert/strict'
import { idIn } from '../../packages/rachis/src/testing/conformance/positions'
import { setTimeout as pause } from 'node:timers/promises'
import { Client } from 'pg'
import type { Listener, Person, World } from '../helpers/world'
import { startWorld } from '../helpers/world'
import { openStream } from '../streams/reader'

const TASK = 'insert into tasks (title, user_id) values ($1, $2) returning id::int'
const ORDER = `insert into orders (user_id, order_number, subtotal, tax_amount, shipping_amount, total, currency, payment_method, shipping_address, billing_address)
  values ($1, 'ORD-1', 1, 0, 0, 1, 'EUR', 'card', '{}', '{}')`
const ITEM = `insert into order_items (order_id, product_id, quantity, unit_price, total_price, product_snapshot)
  select o.id, p.id, 1, 1, 1, '{}' from orders o, products p limit 1`

/** More than wait behind a lane that is late. */
const ITEMS = ITEM.replace('limit 1', `cross join generate_series(1, 1100) where o.order_number = 'ORD-2'`)

/** Seconds; consumers wait two fifths of it for a table that is locked, and others would wait as long behind them. */
const STALL_TIMEOUT = 10
const HELD_UP = STALL_TIMEOUT * 400

describe('what holds up some events', function () {
  this.timeout(60_000)
  let world: World
  let owner: Person
  let stranger: Person
  let client: Client
  let mine: Listener
  let others: Listener
  before(async () => {
    world = await startWorld({ settings: { feed: { stall_timeout: STALL_TIMEOUT } } })
    stranger = await world.register('stranger')
    others = await world.socket(stranger)
    client = new Client({ connectionString: world.database })
    await client.connect()
  })
  after(async () => {
    await client?.end()
    await world?.close()
  })
  let count = 0
  beforeEach(async () => {
    owner = await world.register(`owner${++count}`)
    mine = await world.socket(owner)
    await world.settled()
  })
  afterEach(() => client.query('rollback'))

  const isHeard = async (listener: Listener, person: Person, title: string) => {
    const began = Date.now()
    const [task] = await world.sql(TASK, [title, person.id])
    await listener.event('tasks created', ({ id }) => id === task!.id)

    return Date.now() - began
  }
  const titles = (listener: Listener) => listener.events.map(({ name, data }) => [name, data.title])

  it('is a locked table: for those of its followers alone, who then fetch anew; nobody is cut', async () => {
    await world.app.service('products').create({ name: 'Cup', sku: 'CUP', price: 1 })
    await world.sql(ORDER, [owner.id])
    await world.sql(ITEM)
    await world.settled()
    mine.forget()
    await client.query('begin')
    await client.query('lock table orders in access exclusive mode')
    await world.sql('update order_items set quantity = 2')
    assert.ok((await isHeard(others, stranger, 'While it is locked')) < HELD_UP)
    assert.ok(!mine.events.some(({ name }) => name === 'order-items patched'))
    await mine.event('order-items reset')
    await client.query('rollback')
    await world.settled()
    await world.sql('update order_items set quantity = 3')
    await mine.event('order-items patched', ({ quantity }) => quantity === 3)
    assert.ok(mine.socket.connected && others.socket.connected)
  })

  it('holds up nobody whose rights change meanwhile, and no place that they are told is beyond what is still to come', async () => {
    await world.app.service('products').create({ name: 'Jug', sku: 'JUG', price: 1, is_active: false })
    await world.sql(ORDER.replace('ORD-1', 'ORD-3'), [stranger.id])
    await world.settled()
    for (const listener of [mine, others]) listener.forget()
    const rights = new Client({ connectionString: world.database })
    await rights.connect()
    await client.query('begin; lock table order_items in access exclusive mode')
    await rights.query('begin; lock table products in access exclusive mode')
    await world.sql(`update orders set user_id = $1 where order_number = 'ORD-3'`, [owner.id])
    await isHeard(others, stranger, 'While the table is locked')
    await world.sql(`update users set role = 'manager' where id = $1`, [owner.id])
    await world.sql(TASK, ['While the rights are read', owner.id])
    await isHeard(others, stranger, 'While both are')
    await client.query('rollback')
    await others.event('orders removed')
    await rights.end()
    await world.settled()
    await mine.drained()
    assert.deepEqual(
      ['products created', 'orders patched', 'tasks created'].filter((name) => !mine.events.some((event) => event.name === name)), []) // prettier-ignore
    const places = mine.events.map(({ meta }) => idIn(meta.position as string))
    assert.deepEqual(
      places,
      places.toSorted((a, b) => a - b),
      JSON.stringify(mine.events)
    )
  })

  it('loses nothing for who signs in anew meanwhile, as with a new token', async () => {
    await client.query('begin; lock table products in access exclusive mode')
    await world.sql(`update users set role = 'manager' where id = $1`, [owner.id])
    await isHeard(others, stranger, 'While the rights are read')
    await world.sql(TASK, ['Kept meanwhile', owner.id])
    await isHeard(others, stranger, 'Behind what is kept')
    await mine.call('create', 'authentication', { strategy: 'jwt', accessToken: owner.token })
    await client.query('rollback')
    await world.settled()
    await mine.drained()
    assert.equal(titles(mine).filter(([name, title]) => name === 'tasks created' && title === 'Kept meanwhile').length, 1, JSON.stringify(mine.events)) // prettier-ignore
  })

  it('is not told to who begins behind it: neither at the place of a list nor by a subscription', async () => {
    await world.sql(ORDER.replace('ORD-1', 'ORD-4'), [owner.id])
    await world.settled()
    await client.query('begin; lock table order_items in access exclusive mode')
    await world.sql(`update orders set user_id = $1 where order_number = 'ORD-4'`, [stranger.id])
    await isHeard(others, stranger, 'While it is told late')
    const { headers } = await world.rest(owner, 'GET', '/orders')
    const place = headers.get('x-rachis-position')!
    const stream = await openStream(world, owner, '?resources=orders', { 'Last-Event-ID': place })
    const subscribing = mine.call('subscribe', 'orders', { query: {} }, {})
    await Promise.race([subscribing, pause(200)])
    mine.forget()
    await client.query('rollback')
    assert.equal((await subscribing).total, 0)
    await world.settled()
    await world.sql(ORDER.replace('ORD-1', 'ORD-5'), [owner.id])
    await stream.event('orders created')
    await mine.event('orders created')
    assert.deepEqual(stream.told(), ['orders created'])
    const ofSubscription = mine.events.filter(({ meta }) => meta?.subscription !== undefined)
    assert.deepEqual(
      ofSubscription.map(({ name }) => name),
      ['orders created']
    )
    stream.close()
  })

  it('is more than waits behind it: the rest is told as lost, up to its last position', async () => {
    await world.sql(ORDER.replace('ORD-1', 'ORD-2'), [owner.id])
    await world.sql(ITEMS)
    await world.settled()
    mine.forget()
    await client.query('begin')
    await client.query('lock table orders in access exclusive mode')
    await world.sql('update order_items set quantity = 4 where id = (select max(id) from order_items)')
    await isHeard(others, stranger, 'While it is locked')
    await world.sql('update order_items set quantity = 5')
    await isHeard(others, stranger, 'Behind the last of them')
    await client.query('rollback')
    await mine.event('order-items patched', ({ quantity }) => quantity === 4)
    await mine.event('order-items reset')
    const [last] = await world.sql(`select max(id)::int as id from changes where resource = 'order_items'`)
    await mine.told()
    // What the feed reads in two parts is told as lost in two.
    const reset = mine.events.findLast(({ name }) => name === 'order-items reset')
    assert.equal(idIn(reset!.meta.position as string), last!.id)
    assert.ok(!mine.events.some(({ data }) => data.quantity === 5))
    await world.sql('update order_items set quantity = 6 where id = (select max(id) from order_items)')
    await mine.event('order-items patched', ({ quantity }) => quantity === 6)
  })

  /** As long as sessions cannot be read nobody can tell what a socket may still see. */
  const whileUnknown = async (change: string, work: () => Promise<void>) => {
    await client.query('begin')
    await client.query('lock table sessions in access exclusive mode')
    await world.sql(change, [owner.id])
    await work()
    await client.query('commit')
    await world.settled()
    await mine.drained()
  }

  it('are rights that changed: the others hear at once, who is concerned afterwards', async () => {
    await whileUnknown(`update users set last_name = 'New' where id = $1`, async () => {
      await world.sql(TASK, ['Written meanwhile', owner.id])
      assert.ok((await isHeard(others, stranger, 'Of somebody else')) < HELD_UP)
      assert.deepEqual(titles(mine).filter(([name]) => name!.startsWith('tasks')), [])
    }) // prettier-ignore
    await mine.event('tasks created', ({ title }) => title === 'Written meanwhile')
    assert.ok((await isHeard(mine, owner, 'Written afterwards')) < HELD_UP)
  })

  it('are rights that were lost: nothing that was written meanwhile is told', async () => {
    const [task] = await world.sql(TASK, ['Seen before', owner.id])
    await mine.event('tasks created')
    mine.forget()
    await whileUnknown('update users set is_active = false where id = $1', async () => {
      await world.sql(TASK, ['Written meanwhile', owner.id])
      await world.sql(`update tasks set title = 'Changed meanwhile' where id = $1`, [task!.id])
      assert.ok((await isHeard(others, stranger, 'Of somebody else')) < HELD_UP)
    })
    await mine.event('tasks removed', ({ id }) => id === task!.id)
    assert.deepEqual(
      mine.events.filter(({ data }) => JSON.stringify(data).includes('meanwhile')),
      []
    )
  })

  it('are the rights of many sockets, which are looked up once and told together', async () => {
    await world.sql('insert into tasks (title, user_id) select $1, $2 from generate_series(1, 20)', [
      'Of many',
      owner.id
    ])
    const sockets = await Promise.all(Array.from({ length: 100 }, () => world.socket(owner)))
    await world.settled()
    const loggedOut = world.rest(owner, 'POST', '/auth/logout', { body: {} })
    const waits: number[] = []
    for (let n = 0; n < 10; n++) waits.push(await isHeard(others, stranger, `While many are told ${n}`))
    assert.equal((await loggedOut).status, 200)
    await Promise.all(sockets.map((socket) => socket.event('tasks removed')))
    assert.ok(Math.max(...waits) < 1000, `others waited ${Math.max(...waits)} ms`)
  })
})
