import assert from 'node:assert/strict'
import { Client } from 'pg'
import { idIn } from '../../packages/rachis/src/testing/conformance/positions'
import type { Person, World } from '../helpers/world'
import { startWorld } from '../helpers/world'
import { OpenStreams } from './reader'

/** What is told of order items waits for the table of orders, for some 50 ms before it is told behind the rest. */
describe('a stream that comes back to a process which has read a change, and not told it yet', () => {
  let world: World
  let owner: Person
  let lock: Client
  const streams = new OpenStreams()
  before(async () => {
    world = await startWorld()
    owner = await world.register('owner')
    const order = await world.make('orders', { user_id: owner.id })
    await world.make('order_items', { order_id: order.id })
    lock = new Client({ connectionString: world.database })
    await lock.connect()
  })
  afterEach(() => streams.close())
  after(async () => {
    await lock?.end()
    await world?.close()
  })

  const token = async () =>
    (await world.rest(owner, 'GET', '/products?limit=0')).headers.get('x-rachis-position')!
  const set = (quantity: number) => world.sql('update order_items set quantity = $1', [quantity])

  for (const quantity of [2, 3, 4])
    it(`is not told it once more: ${quantity} items`, async () => {
      await world.settled()
      const before = idIn(await token())
      await lock.query('begin; lock table orders in access exclusive mode')
      await set(quantity)
      let place = await token()
      while (idIn(place) <= before) place = await token()
      // Another process has told it: its client comes here with the place of that.
      const stream = await streams.open(world, owner, '?resources=order-items', { 'Last-Event-ID': place })
      await lock.query('rollback')
      await stream.event('synced')
      await set(10 * quantity)
      await stream.event('order-items patched', (item) => item.quantity === 10 * quantity)
      assert.deepEqual(stream.told(), ['order-items patched'])
    })
})
