import assert from 'node:assert/strict'
import jwt from 'jsonwebtoken'
import type { OpenApiDocument } from '../../packages/rachis/src/openapi/openapi'
import { anyone, defineResource, Type } from '../../packages/rachis/src/declare'
import { operationsIn } from '../compilers/openapi-inspect'
import { assertDocumented } from '../helpers/documented'
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

/** Seed 002, what is behind an answer: errors, traces, history, tokens, headers and the document. */
describe('story of seed 002: good practice', () => {
  let shop: Shop
  let laptop: Json
  const rest = (person: Person, method: string, path: string, call: Call = {}): Promise<Answer> =>
    shop.world.rest(person, method, path, call)
  const get = (path: string, person = anonymous) => rest(person, 'GET', path)

  before(async () => {
    shop = await Shop.open({ resources: [faulty] })
    laptop = await shop.product({ name: 'Laptop', price: 2000 })
  })
  after(() => shop?.world.close())

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
      // Processes hear of it by the change feed, this one as well.
      await shop.world.settled()
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
        // OPTIONS says what is possible, to anybody and always.
        assert.ok(summary && tags.length > 0 && Object.keys(responses).length > (method === 'options' ? 0 : 1), `${method} ${path}`) // prettier-ignore
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
