import assert from 'node:assert/strict'
import { onServer } from '../helpers/database'
import type { Listener, Person, World } from '../helpers/world'
import { startWorld } from '../helpers/world'
import { openStream } from '../streams/reader'

/** A call over the socket, with all that its acknowledgement has. */
const acknowledged = (socket: Listener, method: string, ...args: unknown[]): Promise<[any, any, any]> =>
  new Promise((resolve) => socket.socket.emit(method, ...args, (...ack: [any, any, any]) => resolve(ack)))

describe('the transaction of a write', () => {
  let world: World
  let cast: Record<'owner' | 'stranger' | 'manager' | 'admin', Person>
  before(async () => {
    world = await startWorld()
    cast = await world.cast()
    await world.settled()
  })
  after(() => world?.close())

  const txOf = async (method: string, path: string, body?: object, person = cast.owner) => {
    const { status, headers, body: answer } = await world.rest(person, method, path, { body })
    assert.ok(status < 300, JSON.stringify(answer))

    return { tx: headers.get('x-rachis-tx'), body: answer }
  }
  const xids = async (tx: string) =>
    (await world.sql('select resource, event from changes where xid = $1::xid8 order by id', [tx])).map(
      ({ resource, event }) => `${resource} ${event}`
    )

  it('is named by the answer of every kind of write, and by the changes that it made', async () => {
    const created = await txOf('POST', '/tasks', { title: 'One' })
    assert.deepEqual(await xids(created.tx!), ['tasks created'])
    const several = await txOf('POST', '/tasks', [{ title: 'Two' }, { title: 'Three' }] as never)
    assert.deepEqual(await xids(several.tx!), ['tasks created', 'tasks created'])
    assert.deepEqual(Object.keys(several.body[0]), Object.keys(created.body), 'no column is added')
    const { id } = created.body
    for (const [method, path, body] of [
      ['PATCH', `/tasks/${id}`, { title: 'Changed' }],
      ['PUT', `/tasks/${id}`, { title: 'Replaced' }],
      ['POST', `/tasks/${id}/start`, {}],
      ['DELETE', `/tasks/${id}`, undefined]
    ] as const) {
      const { tx } = await txOf(method, path, body)
      assert.equal((await xids(tx!)).length, 1, `${method} ${path}`)
    }
  })

  it('is one of all statements of an action, and of none that was refused', async () => {
    const product = { name: 'Shoe', sku: 'SHOE', price: 10, stock_quantity: 5 }
    const { body: shoe } = await txOf('POST', '/products', product, cast.admin)
    const order = { items: [{ product_id: shoe.id, quantity: 2 }], shipping_address: { street: 'x', city: 'y', zip_code: '1', country: 'DE' }, payment_method: 'card' } // prettier-ignore
    const { tx } = await txOf('POST', '/orders', order)
    const changed = await xids(tx!)
    assert.ok(['orders created', 'order_items created', 'products patched'].every((one) => changed.includes(one)), String(changed)) // prettier-ignore
    const refused = await world.rest(cast.owner, 'POST', '/orders', { body: { ...order, items: [{ product_id: shoe.id, quantity: 99 }] } }) // prettier-ignore
    assert.deepEqual([refused.status, refused.headers.get('x-rachis-tx')], [409, null])
    const keyed = { headers: { 'Idempotency-Key': 'once' }, body: { title: 'Once' } }
    const [first, again] = [await world.rest(cast.owner, 'POST', '/tasks', keyed), await world.rest(cast.owner, 'POST', '/tasks', keyed)] // prettier-ignore
    assert.match(first.headers.get('x-rachis-tx')!, /^\d+$/)
    assert.equal(
      again.headers.get('x-rachis-tx'),
      first.headers.get('x-rachis-tx'),
      'that of the call that is repeated'
    )
    const read = await world.rest(cast.owner, 'GET', '/orders')
    assert.equal(read.headers.get('x-rachis-tx'), null)
  })

  it('is the same for writes within savepoints, which `xmin` of their rows is not', async () => {
    const [row] = await world.sql(`select id from tasks limit 1`)
    await world.sql(`
      begin;
      update tasks set title = 'a' where id = ${row!.id};
      savepoint inner_one;
      update tasks set title = 'b' where id = ${row!.id};
      release inner_one;
      commit`)
    const two = await world.sql('select xid::text, xmin::text from changes order by id desc limit 2')
    assert.equal(new Set(two.map(({ xid }) => xid)).size, 1)
    assert.equal(new Set(two.map(({ xmin }) => xmin)).size, 2)
  })

  it('is in events of sockets and of streams', async () => {
    const socket = await world.socket(cast.owner)
    const stream = await openStream(world, cast.owner)
    let text = ''
    stream.response.on('data', (part: string) => (text += part))
    const { tx, body } = await txOf('POST', '/tasks', { title: 'Told' })
    const { meta } = await socket.event('tasks created', ({ id }) => id === body.id)
    assert.equal(meta.tx, tx)
    await stream.event('tasks created')
    assert.match(text, new RegExp(`^tx: ${tx}$`, 'm'))
    stream.close()
  })

  it('is told to the socket that wrote, once that has been sent its events', async () => {
    const [socket, other] = [await world.socket(cast.owner), await world.socket(cast.owner)]
    const [error, task, meta] = await acknowledged(socket, 'create', 'tasks', { title: 'Own' }, {})
    assert.deepEqual([error, task.title, Object.keys(meta)], [null, 'Own', ['tx']])
    await socket.event('applied', ({ tx }) => tx === meta.tx)
    const all: string[] = []
    socket.socket.onAny((name: string) => all.push(name))
    const [, , patched] = await acknowledged(socket, 'patch', 'tasks', task.id, { title: 'Owned' }, {})
    await socket.event('applied', ({ tx }) => tx === patched.tx)
    assert.deepEqual(all.slice(-2), ['tasks patched', 'applied'])
    await world.settled()
    await other.drained()
    assert.deepEqual(other.applied, [], 'nobody else is told')
    const [, , read] = await acknowledged(socket, 'get', 'tasks', task.id, {})
    assert.deepEqual(Object.keys(read), ['position'], 'a read names no transaction')
  })

  it('is told of a write of which the writer sees nothing, and while an older transaction is open', async () => {
    await world.sql('create table if not exists elsewhere (id int)')
    const socket = await world.socket(cast.owner)
    const [, task] = await acknowledged(socket, 'create', 'tasks', { title: 'Quiet' }, {})
    await socket.told()
    socket.forget()
    await onServer(
      async (other) => {
        await other.query('begin; insert into elsewhere values (1)')
        // It changes nothing that its writer is shown.
        const [, , { tx }] = await acknowledged(socket, 'patch', 'tasks', task.id, { title: 'Quiet' }, {})
        await socket.event('applied', (data) => data.tx === tx)
        await other.query('rollback')
      },
      { connectionString: world.database }
    )
  })
})
