import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import type { Json, Person, World } from '../helpers/world'
import { anonymous } from '../helpers/world'
import type { Cast } from '../services/shop'
import { Shop } from '../services/shop'

describe('POST /batch', () => {
  let shop: Shop
  let world: World
  let cast: Cast
  before(async () => {
    shop = await Shop.open()
    ;({ world, cast } = shop)
  })
  after(() => world.close())

  const batch = (person: Person, operations: unknown) =>
    world.rest(person, 'POST', '/batch', { body: { operations } })
  const refused = async (person: Person, operations: unknown) => {
    const before = await rows()
    const { status, body } = await batch(person, operations)
    assert.ok(status >= 400, JSON.stringify(body))
    await world.settled()
    assert.deepEqual(await rows(), before, 'nothing of a refused batch stays')

    return { status, ...body.error }
  }
  const rows = () => world.sql(`select (select count(*) from tasks) tasks, (select count(*) from changes) changes, (select count(*) from orders) orders`) // prettier-ignore
  const make = (title: string, more: Json = {}) => ({
    method: 'POST',
    path: '/tasks',
    body: { title },
    ...more
  })

  it('makes several calls, and answers each', async () => {
    const { status, body } = await batch(cast.owner, [
      make('a', { name: 'first' }),
      { method: 'PATCH', path: '/tasks/{first.id}', body: { description: { $ref: 'first.title' } } },
      { method: 'GET', path: '/api/v1/tasks', query: { title: 'a', fields: 'title,description' } },
      { method: 'POST', path: '/tasks/{first.id}/complete', body: {} },
      { method: 'DELETE', path: '/tasks/{first.id}' }
    ])
    assert.equal(status, 200, JSON.stringify(body))
    const [first, changed, list, completed, removed] = body.results
    assert.deepEqual(
      [first.name, first.status, first.location],
      ['first', 201, `/api/v1/tasks/${first.body.id}`]
    )
    assert.equal(changed.body.description, 'a')
    assert.deepEqual(list.body.data, [{ id: first.body.id, title: 'a', description: 'a' }])
    assert.equal(completed.body.status, 'completed')
    assert.ok(removed.status < 300)
    assert.equal((await world.rest(cast.owner, 'GET', `/tasks/${first.body.id}`)).status, 404)
  })

  it('says of what fails which operation it was, and that nothing was done', async () => {
    const failing = { method: 'PATCH', path: '/tasks/999999', body: { title: 'x' } }
    const { message, field } = await refused(cast.owner, [make('a'), failing])
    assert.match(message, / \(operation 2, PATCH \/tasks\/999999\); nothing of the batch was done$/)
    assert.equal(field, 'operations.1')
    const long = await refused(cast.owner, [make('a'), { method: 'GET', path: `/${'x'.repeat(1500)}` }])
    assert.ok(long.message.length < 300)
  })

  it('is all or nothing', async () => {
    const { id } = await shop.product({ stock_quantity: 5 })
    const order = (quantity: number) => ({
      method: 'POST',
      path: '/orders',
      body: shop.body([[id, quantity]])
    })
    const error = await refused(cast.owner, [make('kept?'), order(3), order(3)])
    assert.deepEqual([error.status, error.field.startsWith('operations.2')], [409, true])
    assert.equal(await shop.stock(id), 5)
    const duplicate = await refused(cast.admin, [
      { method: 'POST', path: '/categories', body: { name: 'One', slug: 'one' } },
      { method: 'POST', path: '/categories', body: { name: 'Two', slug: 'one' } }
    ])
    assert.deepEqual([duplicate.status, duplicate.code], [409, 'DUPLICATE'])
  })

  it('asks the rule of each operation, and tells which one it was', async () => {
    const { body: theirs } = await world.rest(cast.stranger, 'POST', '/tasks', { body: { title: 'theirs' } })
    const hidden = await refused(cast.owner, [
      make('x'),
      { method: 'PATCH', path: `/tasks/${theirs.id}`, body: { title: 'mine' } }
    ])
    assert.deepEqual([hidden.status, hidden.code, hidden.field], [404, 'NOT_FOUND', 'operations.1'])
    const product = { method: 'POST', path: '/products', body: { name: 'P', sku: 'BATCH', price: 1 } }
    assert.equal((await refused(cast.owner, [product])).status, 403)
    const invalid = await refused(cast.admin, [{ ...product, body: { ...product.body, price: -1 } }])
    assert.deepEqual([invalid.status, invalid.field, invalid.details[0].field], [422, 'operations.0.price', 'operations.0.price']) // prettier-ignore
    assert.equal((await batch(anonymous, [make('x')])).status, 401)
    const { body } = await batch(cast.owner, [{ method: 'GET', path: '/products', query: { limit: 1 } }])
    assert.equal('cost' in (body.results[0].body.data[0] as Json), false)
  })

  it('sends its events once, in their order, after the commit, and none of a batch that failed', async () => {
    const [mine, other] = [await world.socket(cast.owner), await world.socket(cast.stranger)]
    await batch(cast.owner, [
      make('e1', { name: 'one' }),
      make('e2'),
      { method: 'DELETE', path: '/tasks/{one.id}' }
    ])
    await refused(cast.owner, [make('e3'), { method: 'GET', path: '/nothing' }])
    await mine.told()
    assert.deepEqual(
      mine.events.map(({ name, data }) => [name, data.title]),
      [['tasks created', 'e1'], ['tasks created', 'e2'], ['tasks removed', 'e1']] // prettier-ignore
    )
    await other.silent()
  })

  it('refuses what is no batch, with its place', async () => {
    for (const [operations, code, field] of [
      [[], 'VALIDATION_ERROR', 'operations'],
      [Array.from({ length: 101 }, () => make('x')), 'VALIDATION_ERROR', 'operations'],
      [[{ method: 'HEAD', path: '/tasks' }], 'VALIDATION_ERROR', 'operations.0.method'],
      [[{ method: 'GET', path: '/nothing' }], 'NO_SUCH_PATH', 'operations.0'],
      [[{ method: 'GET', path: '/constructor' }], 'NO_SUCH_PATH', 'operations.0'],
      [[{ method: 'GET', path: '/tasks?limit=1' }], 'BAD_REQUEST', 'operations.0'],
      [[{ method: 'GET', path: '/tasks/%ff' }], 'BAD_REQUEST', 'operations.0'],
      [[{ method: 'PUT', path: '/tasks' }], 'METHOD_NOT_ALLOWED', 'operations.0'],
      [[{ method: 'GET', path: '/api/v99/tasks' }], 'NO_SUCH_PATH', 'operations.0'],
      [[{ method: 'GET', path: '/api/v01/tasks' }], 'NO_SUCH_PATH', 'operations.0'],
      [[{ method: 'GET', path: '/tasks/export' }], 'METHOD_NOT_ALLOWED', 'operations.0'],
      [[{ method: 'POST', path: '/tasks/import', body: {} }], 'METHOD_NOT_ALLOWED', 'operations.0'],
      [[{ method: 'GET', path: '/tasks', query: { nope: 1 } }], 'BAD_QUERY', 'operations.0.nope'],
      [[{ method: 'POST', path: '/auth/login', body: {} }], 'METHOD_NOT_ALLOWED', 'operations.0'],
      [[make('x', { name: 'a' }), make('x', { name: 'a' })], 'VALIDATION_ERROR', 'operations.1.name'],
      [[{ method: 'GET', path: '/tasks', body: {} }], 'VALIDATION_ERROR', 'operations.0.body'],
      [[make('x', { name: 'a b' })], 'VALIDATION_ERROR', 'operations.0.name'],
      [
        [{ method: 'GET', path: '/tasks/{later.id}' }, make('x', { name: 'later' })],
        'VALIDATION_ERROR',
        'operations.0.path'
      ],
      [
        [make('x', { name: 'a' }), { method: 'GET', path: '/tasks/{a.constructor}' }],
        'VALIDATION_ERROR',
        'operations.1.path'
      ],
      [
        [make('x', { name: 'a' }), make('x', { body: { title: { $ref: 'a.no' } } })],
        'VALIDATION_ERROR',
        'operations.1.body.title'
      ],
      [
        [
          {
            method: 'POST',
            path: '/batch',
            body: { operations: [{ method: 'POST', path: '/batch', body: { operations: [] } }] }
          }
        ],
        'METHOD_NOT_ALLOWED',
        'operations.0'
      ]
    ] as const) {
      // prettier-ignore
      const error = await refused(cast.owner, operations)
      assert.deepEqual([error.code, error.field], [code, field], JSON.stringify(operations).slice(0, 200))
    }
  })

  it('names the methods that there are once, and the reference that leads nowhere', async () => {
    for (const method of ['HEAD', 'get']) {
      const { details } = await refused(cast.owner, [{ method, path: '/tasks' }])
      assert.deepEqual(details, [
        {
          field: 'operations.0.method',
          message: 'must be one of GET, POST, PUT, PATCH, DELETE',
          rule: 'enum',
          expected: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'],
          provided: method
        }
      ])
    }
    const { details } = await refused(cast.owner, [make('x', { body: { title: { $ref: 'no.title' } } })])
    assert.match(details[0].message, /^refers to no\.title, which names no operation/)
  })

  it('is one call of a socket as well', async () => {
    const socket = await world.socket(cast.owner)
    const { results } = await socket.call('execute', 'batch', { operations: [make('socket')] }, {})
    assert.equal(results[0].body.title, 'socket')
  })

  it('is made once with Idempotency-Key, as a whole and for each operation', async () => {
    const whole = { 'Idempotency-Key': randomUUID() }
    const send = () =>
      world.rest(cast.owner, 'POST', '/batch', { body: { operations: [make('once')] }, headers: whole })
    const [first, second] = [await send(), await send()]
    assert.deepEqual(second.body, first.body)
    const each = make('each', { idempotency_key: randomUUID() })
    const twice = await batch(cast.owner, [each, each])
    assert.deepEqual(
      twice.body.results.map(({ replayed }: { replayed?: true }) => replayed),
      [undefined, true]
    )
    const ids = [(await batch(cast.owner, [each, each])).body, (await batch(cast.owner, [each])).body]
      .flatMap(({ results }) => results)
      .map(({ body }) => body.id as number)
    assert.equal(new Set(ids).size, 1)
    const mismatch = await refused(cast.owner, [{ ...each, body: { title: 'other' } }])
    assert.deepEqual([mismatch.status, mismatch.code], [422, 'IDEMPOTENCY_KEY_REUSED'])
  })

  it('makes as many at once as come, without waiting for itself', async () => {
    const send = (index: number) =>
      batch(cast.owner, Array.from({ length: 10 }, (_, n) => make(`many ${index} ${n}`, { idempotency_key: randomUUID() }))) // prettier-ignore
    const answers = await Promise.all(Array.from({ length: 40 }, (_, index) => send(index)))
    assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200])
  })
})
