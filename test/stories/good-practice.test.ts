import assert from 'node:assert/strict'
import { statementsOf } from '../helpers/statements'
import type { Answer, Call, Json, Person } from '../helpers/world'
import { anonymous } from '../helpers/world'
import { Shop } from '../services/shop'

/** Seed 002, good practice of an API, as far as it is here: names, methods, status codes, pages and versions. */
describe('story of seed 002: good practice', () => {
  let shop: Shop
  let electronics: Json
  let laptop: Json
  const rest = (person: Person, method: string, path: string, call: Call = {}): Promise<Answer> =>
    shop.world.rest(person, method, path, call)
  const get = (path: string, person = anonymous) => rest(person, 'GET', path)
  const idsOf = (rows: Json[]) => rows.map(({ id }) => id as number)

  before(async () => {
    shop = await Shop.open()
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
})
