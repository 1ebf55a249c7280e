import assert from 'node:assert/strict'
import jwt from 'jsonwebtoken'
import type { OpenApiDocument } from '../../packages/rachis/src/openapi/openapi'
import { anyone, defineResource, Type } from '../../packages/rachis/src/declare'
import { operationsIn } from '../compilers/openapi-inspect'
import { assertDocumented } from '../helpers/documented'
import { statementsOf } from '../helpers/statements'
import type { Answer, Call, Json, Person } from '../helpers/world'
import { anonymous } from '../helpers/world'
import { Shop } from '../services/shop'

const BROKEN = 'select secret from vault where key = 42'
/** Fails as a bug would. */
const faulty = defineResource('faulty', {
  table: false,
  fields: {},
  access: {},
  reports: {
    crash: {
      input: Type.Object({}, { additionalProperties: false }),
      output: Type.Object({}),
      access: anyone,
      run: (): Promise<never> => Promise.reject(new Error(BROKEN))
    }
  }
})

/** Seed 002, good practice of an API, as far as it is here: names, methods, status codes, pages, versions, errors, traces, history. */
describe('story of seed 002: good practice', () => {
  let shop: Shop
  let electronics: Json
  let laptop: Json
  const rest = (person: Person, method: string, path: string, call: Call = {}): Promise<Answer> =>
    shop.world.rest(person, method, path, call)
  const get = (path: string, person = anonymous) => rest(person, 'GET', path)
  const idsOf = (rows: Json[]) => rows.map(({ id }) => id as number)

  before(async () => {
    shop = await Shop.open({ resources: [faulty] })
    const body = { name: 'Electronics', slug: 'electronics' }
    electronics = (await rest(shop.cast.admin, 'POST', '/categories', { body })).body
    for (const price of [50, 150, 500, 999.99, 2000])
      laptop = await shop.product({ name: `Laptop for ${price}`, price, category_id: electronics.id })
  })
  after(() => shop?.world.close())

  describe('methods and status codes', () => {
    const body = { name: 'Mouse', sku: 'MOUSE', price: 9.99, stock_quantity: 10 }
    let path: string

    it('POST creates: 201, where it is, and the record with its id and time', async () => {
      const { status, headers, body: made } = await rest(shop.cast.admin, 'POST', '/products', { body })
      path = `/products/${made.id}`
      assert.deepEqual([status, headers.get('location')], [201, `/api/v1${path}`])
      assert.match(headers.get('content-type')!, /^application\/json/)
      assert.deepEqual({ ...made, ...body }, made)
      assert.match(made.created_at, /^\d{4}-\d\d-\d\dT.*Z$/)
    })

    it('GET changes nothing, and HEAD answers as GET without a body', async () => {
      const before = await shop.everything()
      const [first, second, head] = [await get(path), await get(path), await rest(anonymous, 'HEAD', path)]
      assert.deepEqual([first.status, first.body, head.status, head.body], [200, second.body, 200, ''])
      assert.deepEqual(await shop.everything(), before)
    })

    it('PUT replaces, the same however often; PATCH changes what it names', async () => {
      const { admin } = shop.cast
      const { updated_at: _, ...first } = (await rest(admin, 'PUT', path, { body })).body
      const { updated_at: _then, ...second } = (await rest(admin, 'PUT', path, { body })).body
      assert.deepEqual(second, first)
      const { body: patched } = await rest(admin, 'PATCH', path, { body: { price: 8 } })
      assert.deepEqual([patched.price, patched.name, patched.stock_quantity], [8, 'Mouse', 10])
      const { status, body: refused } = await rest(admin, 'PUT', path, { body: { price: 8 } })
      assert.deepEqual([status, refused.error.code], [422, 'VALIDATION_ERROR'])
    })

    it('DELETE removes, and a second one finds nothing', async () => {
      const { admin } = shop.cast
      assert.equal((await rest(admin, 'DELETE', path)).status, 200)
      assert.equal((await rest(admin, 'DELETE', path)).status, 404)
    })

    it('OPTIONS and 405 say what is offered', async () => {
      const options = await rest(anonymous, 'OPTIONS', '/products')
      assert.deepEqual([options.status, options.headers.get('allow')], [204, 'GET, POST, HEAD, OPTIONS'])
      const { status, headers, body: refused } = await rest(shop.cast.admin, 'DELETE', '/products')
      assert.deepEqual([status, refused.error.code], [405, 'METHOD_NOT_ALLOWED'])
      assert.equal(headers.get('allow'), 'GET, POST, HEAD, OPTIONS')
    })

    it('every refusal has the status of its kind', async () => {
      const { owner, admin } = shop.cast
      const text = { raw: 'name=x', headers: { 'Content-Type': 'text/plain' } }
      const huge = { raw: JSON.stringify({ name: 'x'.repeat(1_100_000) }) }
      const rows: [person: Person, method: string, path: string, call: Call, status: number, code: string][] = [
        [admin, 'POST', '/products', { raw: '{"name":' }, 400, 'MALFORMED_BODY'],
        [anonymous, 'GET', '/products?colour=red', {}, 400, 'BAD_QUERY'],
        [anonymous, 'POST', '/products', { body }, 401, 'NOT_AUTHENTICATED'],
        [{ name: 'forger', token: 'x.y.z' }, 'GET', '/products', {}, 401, 'INVALID_TOKEN'],
        [owner, 'POST', '/products', { body }, 403, 'FORBIDDEN'],
        [anonymous, 'GET', '/products/999999', {}, 404, 'NOT_FOUND'],
        [anonymous, 'GET', '/getAllProducts', {}, 404, 'NO_SUCH_PATH'],
        [admin, 'POST', '/products', { body: { ...body, sku: laptop.sku } }, 409, 'DUPLICATE'],
        [admin, 'POST', '/products', huge, 413, 'PAYLOAD_TOO_LARGE'],
        [admin, 'POST', '/products', text, 415, 'UNSUPPORTED_MEDIA_TYPE'],
        [admin, 'POST', '/products', { body: { ...body, price: -1 } }, 422, 'VALIDATION_ERROR']
      ] // prettier-ignore
      for (const [person, method, at, call, status, code] of rows) {
        const answer = await rest(person, method, at, call)
        assert.deepEqual([answer.status, answer.body.error.code], [status, code], `${method} ${at}`)
      }
    })

    it('several are created together or not at all', async () => {
      const { admin } = shop.cast
      const many = [{ name: 'A', sku: 'MANY-1', price: 1 }, { name: 'B', sku: 'MANY-2', price: -1 }] // prettier-ignore
      assert.equal((await rest(admin, 'POST', '/products', { body: many })).status, 422)
      many[1] = { name: 'B', sku: 'MANY-1', price: 1 }
      assert.equal((await rest(admin, 'POST', '/products', { body: many })).status, 409)
      assert.deepEqual((await get('/products?sku=MANY-1')).body.data, [])
    })
  })

  describe('lists', () => {
    it('come in pages, in three spellings of one question', async () => {
      const all = idsOf((await get('/products?sort=id')).body.data)
      const feathers = await get('/products?$sort[id]=1&$limit=2&$skip=2')
      const friendly = await get('/products?sort=id&limit=2&skip=2')
      const paged = await get('/products?sort=id&page=2&page_size=2')
      assert.deepEqual(feathers.body, friendly.body)
      assert.deepEqual({ ...feathers.body, data: idsOf(feathers.body.data) }, { total: 5, limit: 2, skip: 2, data: all.slice(2, 4) }) // prettier-ignore
      assert.deepEqual(paged.body.results, feathers.body.data)
      assert.equal(paged.body.count, 5)
      const socket = await shop.world.socket()
      assert.deepEqual(await socket.call('find', 'products', { sort: 'id', page: 2, page_size: 2 }), paged.body) // prettier-ignore
    })

    it('lead from page to page, and back, over every record once', async () => {
      const follow = async (first: string, link: 'next' | 'previous') => {
        const found: number[][] = []
        for (let path: string | null = first; path;) {
          const { body }: Answer = await get(path.replace('/api/v1', ''))
          found.push(idsOf(body.results))
          path = body[link]
        }
        return found
      }
      const forth = await follow('/products?sort=-price&page=1&page_size=2', 'next')
      assert.deepEqual([forth.map(({ length }) => length), new Set(forth.flat()).size], [[2, 2, 1], 5])
      assert.deepEqual(await follow('/products?sort=-price&page=3&page_size=2', 'previous'), [...forth].reverse()) // prettier-ignore
    })

    it('are filtered and sorted', async () => {
      const query = 'category.slug=electronics&min_price=100&max_price=1000&sort=-price'
      const { body } = await get(`/products?${query}`)
      assert.deepEqual(body.data.map(({ price }: Json) => price), [999.99, 500, 150]) // prettier-ignore
      const spelled = await get('/products?price[$gte]=100&price[$lte]=1000&$sort[price]=-1')
      assert.deepEqual(spelled.body.data, body.data)
    })

    it('include related records in as many statements for many as for one', async () => {
      const counted = async (limit: number) =>
        (await statementsOf(() => get(`/products?include=category&limit=${limit}`))).length
      await counted(1)
      assert.equal(await counted(5), await counted(1))
      const { body } = await get('/products?include=category&limit=1')
      assert.equal(body.data[0].category.slug, 'electronics')
    })
  })

  describe('versions', () => {
    it('stand in the URL; there is one so far', async () => {
      assert.equal((await get('/products')).status, 200)
      for (const path of ['/api/v2/products', '/api/products', '/products']) {
        const response = await fetch(`${shop.world.url}${path}`)
        const body = (await response.json()) as Json
        assert.deepEqual([response.status, body.error.code], [404, 'NO_SUCH_PATH'], path)
      }
    })
  })

  describe('errors', () => {
    it('are one object, on REST and on sockets', async () => {
      const { admin } = shop.cast
      const wrong = { name: 'x', sku: 'NEG', price: -10, stock_quantity: -1 }
      const { body } = await rest(admin, 'POST', '/products', { body: wrong })
      const { trace_id, ...error } = body.error
      assert.deepEqual(error.details.map(({ field }: Json) => field).sort(), ['price', 'stock_quantity'])
      const detail = error.details.find(({ field }: Json) => field === 'price')
      assert.deepEqual(detail, { field: 'price', message: 'must be >= 0', rule: 'minimum', expected: 0, provided: -10 }) // prettier-ignore
      const socket = await shop.world.socket(admin)
      const { error: { trace_id: other, ...told }, ...rebuilt } = await socket.refusal('create', 'products', wrong) // prettier-ignore
      assert.deepEqual(told, error)
      assert.ok(trace_id && other && trace_id !== other)
      const { name, className, code, message, success } = body
      assert.deepEqual(
        { success, name, className, code, message },
        { success: false, name: 'Unprocessable', className: 'unprocessable', code: 422, message: error.message }
      ) // prettier-ignore
      assert.equal(rebuilt.code, 422)
    })

    it('that nobody foresaw say nothing but their trace id', async () => {
      const { status, headers, body } = await get('/faulty/crash')
      assert.deepEqual([status, body.error.code], [500, 'INTERNAL_ERROR'])
      assert.equal(body.error.trace_id, headers.get('x-request-id'))
      assert.ok(!JSON.stringify(body).includes('vault'))
      const overSocket = await (await shop.world.socket()).refusal('crash', 'faulty', {})
      assert.ok(!JSON.stringify(overSocket).includes('vault'))
    })

    it('do not tell what is hidden from what is not there', async () => {
      const hidden = await shop.product({ is_active: false })
      const [there, not] = [await get(`/products/${hidden.id}`), await get('/products/999999')]
      const { trace_id: _, ...told } = there.body.error
      const { trace_id: _other, ...missing } = not.body.error
      assert.deepEqual([there.status, told], [not.status, missing])
    })
  })

  describe('traces', () => {
    it('carry the id of the client, or one of our own where theirs is no id', async () => {
      const trace = async (id: string) =>
        (await rest(anonymous, 'GET', '/products/999999', { headers: { 'X-Request-Id': id } })).body.error.trace_id // prettier-ignore
      assert.equal(await trace('order-7.attempt:2'), 'order-7.attempt:2')
      for (const id of ['<script>', 'x'.repeat(200), 'a b'])
        assert.match(await trace(id), /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, id)
    })
  })

  describe('what happened', () => {
    it('is kept: what was removed can be restored, and its history read', async () => {
      const { admin } = shop.cast
      const path = `/products/${laptop.id}`
      await rest(admin, 'PATCH', path, { body: { price: 1800 } })
      await rest(admin, 'DELETE', path)
      const { body: restored, status } = await rest(admin, 'POST', `${path}/restore`, { body: {} })
      assert.deepEqual([status, restored.price], [200, 1800])
      const { body } = await get(`${path}/history`, admin)
      assert.deepEqual(body.data.map(({ event }: Json) => event), ['created', 'removed', 'patched', 'created']) // prettier-ignore
      assert.deepEqual(body.data[2].changes.price, { from: 2000, to: 1800 })
      assert.equal(body.data[2].user_id, admin.id)
      const socket = await shop.world.socket(admin)
      assert.deepEqual(await socket.call('history', 'products', { id: laptop.id }), body)
    })

    it('is told to admins with the trace of the call, and holds no secret', async () => {
      const { admin } = shop.cast
      const owner = await shop.world.register('renamed')
      const headers = { 'X-Request-Id': 'trace-of-a-name' }
      await rest(admin, 'PATCH', `/users/${owner.id}`, { headers, body: { first_name: 'Ann', password: 'another-horse' } }) // prettier-ignore
      const { body } = await get('/audit?trace_id=trace-of-a-name&resource=users', admin)
      const [entry] = body.data
      assert.deepEqual(
        [body.total, entry.resource, entry.record_id, entry.event, entry.user_id, entry.after.first_name],
        [1, 'users', owner.id, 'patched', admin.id, 'Ann']
      )
      assert.ok(!/another-horse|\$2[aby]\$|"password"/.test(JSON.stringify(body)))
      assert.equal((await get('/audit', shop.cast.stranger)).status, 403)
      assert.equal((await get('/audit')).status, 401)
    })
  })

  describe('tokens', () => {
    it('live for fifteen minutes and seven days, and a refresh token that is used twice ends its family', async () => {
      const person = await shop.world.register('keeper')
      const lifetime = (token?: string) => {
        const { exp, iat } = jwt.decode(token!) as { exp: number; iat: number }
        return exp - iat
      }
      assert.deepEqual([lifetime(person.token), lifetime(person.refresh_token)], [900, 7 * 24 * 3600])
      const refresh = (refresh_token?: string) =>
        rest(anonymous, 'POST', '/auth/refresh', { body: { refresh_token } })
      const second = (await refresh(person.refresh_token)).body
      const third = (await refresh(second.refresh_token)).body
      assert.equal((await get('/auth/me', { name: 'keeper', token: third.access_token })).status, 200)
      assert.equal((await refresh(person.refresh_token)).status, 401, 'spent')
      assert.equal((await refresh(third.refresh_token)).status, 401, 'its family is revoked')
      assert.equal((await get('/auth/me', { name: 'keeper', token: third.access_token })).status, 401)
    })
  })

  describe('headers', () => {
    it('keep browsers from guessing, framing and leaking', async () => {
      const { headers } = await get('/products')
      assert.equal(headers.get('x-content-type-options'), 'nosniff')
      for (const name of [
        'content-security-policy',
        'strict-transport-security',
        'x-frame-options',
        'referrer-policy'
      ])
        // prettier-ignore
        assert.ok(headers.get(name), name)
      assert.equal(headers.get('x-powered-by'), null)
    })
  })

  describe('the document', () => {
    // That it is valid, with its examples, test/compilers/openapi.test.ts says.
    it('is OpenAPI 3.1, names every operation, and says what is really answered', async () => {
      const response = await fetch(`${shop.world.url}/openapi.json`)
      const document = (await response.json()) as OpenApiDocument
      assert.match(document.openapi, /^3\.1/)
      for (const [path, method, { summary, tags, responses }] of operationsIn(document))
        assert.ok(summary && tags.length > 0 && Object.keys(responses).length > 1, `${method} ${path}`)
      for (const path of [
        '/products/pages?page=1',
        `/products/${laptop.id}`,
        '/products/999999',
        '/orders'
      ]) {
        const { status, body } = await get(path)
        assertDocumented(document, 'GET', `/api/v1${path}`, status, body)
      }
    })
  })
})
