import assert from 'node:assert/strict'
import type { Json, Listener, Person, World } from '../helpers/world'
import { assertStandstill } from '../helpers/standstill'
import { anonymous, startWorld } from '../helpers/world'
import type { ErrorCode } from '../../packages/rachis/src/errors/errors'
import { assertContract, assertError, assertRefused, send } from './contract'

/** Characters of an error, however long what it is about. */
const MOST = 8000

describe('what is far too long', () => {
  let world: World
  let owner: Person
  let socket: Listener
  before(async () => {
    world = await startWorld()
    owner = await world.register('owner')
    await world.rest(owner, 'POST', '/tasks', { body: { title: 'First' } })
    socket = await world.socket(owner)
  })
  after(() => world?.close())

  const refusedPath = async (path: string, status: number, code: ErrorCode) => {
    const answer = await send(world, 'GET', path)
    assert.equal(answer.status, status)
    assertError(answer.body as Json, { code })
  }
  const LONG = [
    `x${'/'.repeat(100)}x`,
    'x'.repeat(9000),
    '/x'.repeat(4500),
    `${'/'.repeat(9000)}x`,
    '%41'.repeat(3000)
  ]
  for (const base of ['/api/v1/', '/api/v1/products/', '/docs/', '/'])
    for (const rest of LONG)
      it(`is refused as a path: ${base}${rest.slice(0, 8)}…`, () =>
        refusedPath(`${base}${rest}`, 414, 'URI_TOO_LONG'))

  for (const accept of [','.repeat(3000), 'a/b,'.repeat(18_000), `application/json;${'a=b;'.repeat(1000)}`])
    it(`is refused as an Accept: ${accept.slice(0, 30)}…`, async () => {
      const answer = await world.rest(anonymous, 'GET', '/products', { headers: { Accept: accept } })
      assertRefused(answer, { code: 'HEADERS_TOO_LARGE' })
    })

  it('is looked at in time that grows with its length, not with its square', async () => {
    const numbers = [
      `10000000000000000000.${'0'.repeat(60_000)}1`,
      `1${'0'.repeat(60_000)}1`,
      `0${'.0'.repeat(30_000)}1`
    ]
    for (const number of numbers)
      await assertStandstill(400, async () => {
        const answer = await world.rest(anonymous, 'GET', `/products?price=${number}`)
        assertRefused(answer, { code: 'VALIDATION_ERROR', field: 'price' })
      })
  })

  it('is none where a path or an Accept is as long as it may be', async () => {
    const accept = `${'a/b,'.repeat(490)}application/json`
    assert.equal((await world.rest(owner, 'GET', '/tasks', { headers: { Accept: accept } })).status, 200)
    const path = '/api/v1/products/'
    await refusedPath(path + 'x'.repeat(8192 - path.length), 404, 'NOT_FOUND')
  })

  const name = 'n'.repeat(30_000)
  const words = 'two words '.repeat(3000)
  const small = 'm'.repeat(900)
  const QUERIES: Json[] = [name, words].flatMap((text): Json[] => [
    { [text]: 1 },
    { [`$${text}`]: 1 },
    { [`min_${text}`]: 1 },
    { [`${text}.x`]: 1 },
    { [`title.${text}`]: 1 },
    { title: { [text]: 1 } },
    { [`title.$${text}`]: 1 },
    { priority: text },
    { id: text },
    { due_date: { $gt: text } },
    { limit: text },
    { page: text },
    { sort: text },
    { sort: { title: text } },
    { fields: text },
    { include: text },
    { search: text }
  ])
  const assertShort = (body: Json) => {
    assertContract(body)
    assert.ok(JSON.stringify(body).length < MOST, JSON.stringify(body).slice(0, 300))
  }

  for (const query of QUERIES)
    it(`is not repeated of a query: ${JSON.stringify(query).slice(0, 40)}`, async () => {
      assertShort(await socket.refusal('find', 'tasks', query))
      const one = await socket.call('get', 'tasks', 1, query).catch((error: Json) => error)
      assert.ok(JSON.stringify(one).length < MOST)
      const [[key, value]] = Object.entries(query) as [[string, unknown]]
      const [inner, text] = typeof value === 'object' ? Object.entries(value as Json)[0]! : [undefined, value]
      const url = `${encodeURIComponent(key)}${inner === undefined ? '' : `[${encodeURIComponent(inner)}]`}`
      assertShort((await world.rest(owner, 'GET', `/tasks?${url}=${encodeURIComponent(String(text))}`)).body)
    })

  const BODIES: [string, string, Json][] = [
    ['POST', '/tasks', { [name]: 1, title: 'x' }],
    ['POST', '/tasks', { title: name }],
    ['POST', '/tasks', { title: 'x', priority: name }],
    ['PATCH', '/tasks/1', { [words]: 1 }],
    ['POST', '/tasks/1/complete', { [small]: 1 }],
    ['POST', '/orders', { items: [{ [name]: 1 }] }],
    ['POST', '/authentication', { strategy: 'm'.repeat(5000) }],
    ['POST', '/auth/login', { email: small, password: 'x' }]
  ]
  for (const [method, path, body] of BODIES)
    it(`is not repeated of a body: ${method} ${path} ${JSON.stringify(body).slice(0, 20)}`, async () => {
      const answer = await world.rest(owner, method, path, { body })
      assert.ok(answer.status >= 400)
      assertShort(answer.body)
    })

  it('is not repeated of the names of services, methods and types', async () => {
    for (const [method, path] of [['find', 's'.repeat(3000)], ['m'.repeat(3000), 'tasks'], ['find', `tasks/${small}`]])
      assertShort(await socket.refusal(method!, path, {}))
    for (const type of [`application/${'x'.repeat(30_000)}`, `text/plain;${'a=b;'.repeat(9000)}`])
      assertShort((await world.rest(owner, 'POST', '/tasks', { raw: '{}', headers: { 'Content-Type': type } })).body)
    assertShort((await world.rest(owner, 'POST', '/tasks', { raw: `{"title":${'x'.repeat(30_000)}` , headers: { 'Content-Type': 'application/json' } })).body)
  }) // prettier-ignore
})
