import assert from 'node:assert/strict'
import { Shop } from '../services/shop'
import type { Answer, Json, Person } from '../helpers/world'
import { anonymous } from '../helpers/world'

/** Seed 000, the backend of a shop: its endpoints, its validators and its class TestAPIEndpoints, one after the other. */
describe('story of seed 000: the backend of a shop', () => {
  let shop: Shop
  let customer: Person
  const rest = (person: Person, method: string, path: string, body?: unknown): Promise<Answer> =>
    shop.world.rest(person, method, path, { body })
  const register = (fields: Json = {}): Promise<Answer> =>
    rest(anonymous, 'POST', '/auth/register', {
      email: 'test@example.com',
      username: 'testuser',
      password: 'testpassword123',
      first_name: 'Test',
      last_name: 'User',
      ...fields
    })

  before(async () => {
    shop = await Shop.open()
  })
  after(() => shop?.world.close())

  describe('people', () => {
    it('are told that the server lives', async () => {
      const response = await fetch(`${shop.world.url}/health`)
      assert.equal(response.status, 200)
      assert.equal(typeof ((await response.json()) as Json).status, 'string')
    })

    it('register, and are signed in at once', async () => {
      const { status, body } = await register({ username: 'TestUser' })
      assert.equal(status, 201)
      assert.ok(body.access_token && body.refresh_token)
      const { email, username, role, is_active, is_verified } = body.user
      assert.deepEqual(
        { email, username, role, is_active, is_verified },
        { email: 'test@example.com', username: 'testuser', role: 'user', is_active: true, is_verified: false }
      )
      customer = { name: 'customer', id: body.user.id, token: body.access_token }
    })

    it('are refused with what is not valid or taken', async () => {
      const rows: [fields: Json, status: number, field: string][] = [
        [{ email: 'invalid-email' }, 422, 'email'],
        [{ password: '123' }, 422, 'password'],
        [{ username: 'ab' }, 422, 'username'],
        [{ username: 'not alnum!' }, 422, 'username'],
        [{ username: 'another', role: 'admin', email: 'another@example.com' }, 422, 'role'],
        [{ username: 'another' }, 409, 'email'],
        [{ email: 'another@example.com' }, 409, 'username']
      ]
      for (const [fields, status, field] of rows) {
        const { status: answered, body } = await register(fields)
        assert.deepEqual([answered, body.error.field], [status, field], JSON.stringify(fields))
      }
    })

    it('log in, which is remembered, and see themselves', async () => {
      const credentials = { email: 'test@example.com', password: 'testpassword123' }
      const { status, body } = await rest(anonymous, 'POST', '/auth/login', credentials)
      assert.equal(status, 200)
      const token = body.access_token as string
      const me = await rest({ name: 'customer', token }, 'GET', '/auth/me')
      assert.deepEqual([me.status, me.body.email], [200, credentials.email])
      assert.ok(Math.abs(Date.now() - Date.parse(me.body.last_login)) < 60_000)
      const answers = [
        await rest(anonymous, 'GET', '/auth/me'),
        await rest({ name: 'forger', token: 'invalid_token' }, 'GET', '/auth/me'),
        await rest(anonymous, 'POST', '/auth/login', { ...credentials, password: 'wrong-password' })
      ]
      assert.deepEqual(answers.map((answer) => answer.status), [401, 401, 401]) // prettier-ignore
    })

    it('see and change themselves; only the admin sees all, and gives roles', async () => {
      const { admin, stranger } = shop.cast
      const path = `/users/${customer.id}`
      assert.equal((await rest(customer, 'GET', path)).body.username, 'testuser')
      assert.equal((await rest(stranger, 'GET', path)).status, 404)
      assert.deepEqual((await rest(customer, 'GET', '/users')).body.data.map(({ id }: Json) => id), [customer.id]) // prettier-ignore
      assert.equal((await rest(customer, 'PATCH', path, { first_name: 'Ada' })).body.first_name, 'Ada')
      for (const field of [{ role: 'admin' }, { is_active: false }]) {
        const { status, body } = await rest(customer, 'PATCH', path, field)
        assert.deepEqual([status, body.error.field], [403, Object.keys(field)[0]])
      }
      const { body: all } = await rest(admin, 'GET', '/users?role=user&is_active=true&sort=-created_at&skip=0&limit=100') // prettier-ignore
      assert.equal(all.total, 3)
      const byRole = await rest(admin, 'GET', '/users/role/manager')
      assert.deepEqual(byRole.body.data.map(({ role }: Json) => role), ['manager']) // prettier-ignore
      assert.equal((await rest(admin, 'PATCH', path, { role: 'manager' })).body.role, 'manager')
      assert.equal((await rest(admin, 'PATCH', path, { role: 'user' })).body.role, 'user')
      await shop.world.settled()
    })

    it('who are switched off are out, and cannot come in again', async () => {
      const body = (await register({ email: 'gone@example.com', username: 'gone' })).body
      await rest(shop.cast.admin, 'PATCH', `/users/${body.user.id}`, { is_active: false })
      await shop.world.settled()
      const answers = [
        await rest({ name: 'gone', token: body.access_token }, 'GET', '/auth/me'),
        await rest(anonymous, 'POST', '/auth/login', {
          email: 'gone@example.com',
          password: 'testpassword123'
        })
      ]
      assert.deepEqual(answers.map(({ status }) => status), [401, 401]) // prettier-ignore
    })
  })

  describe('the catalogue', () => {
    let tools: Json
    let laptop: Json
    const skus = ({ body }: Answer) => body.data.map(({ sku }: Json) => sku)

    it('has categories that admins make and everybody sees while they are active', async () => {
      const { admin } = shop.cast
      const made = await rest(admin, 'POST', '/categories', { name: 'Tools', slug: 'tools', sort_order: 1 })
      assert.equal(made.status, 201)
      tools = made.body
      const below = { name: 'Saws', slug: 'saws', parent_id: tools.id, metadata: { icon: 'saw' } }
      await rest(admin, 'POST', '/categories', below)
      await rest(admin, 'POST', '/categories', { name: 'Old', slug: 'old', is_active: false })
      assert.equal((await rest(customer, 'POST', '/categories', { name: 'Mine', slug: 'mine' })).status, 403)
      const seen = await rest(anonymous, 'GET', '/categories?is_active=true&sort=sort_order,name')
      assert.deepEqual(seen.body.data.map(({ slug }: Json) => slug), ['saws', 'tools']) // prettier-ignore
      const children = await rest(anonymous, 'GET', `/categories?parent_id=${tools.id}`)
      assert.deepEqual(children.body.data.map(({ slug, metadata }: Json) => [slug, metadata]), [['saws', { icon: 'saw' }]]) // prettier-ignore
      assert.equal((await rest(admin, 'GET', '/categories?is_active=false')).body.total, 1)
      assert.equal((await rest(anonymous, 'GET', '/categories?is_active=false')).body.total, 0)
    })

    it('has products that admins make: SKUs in capitals, no price below zero', async () => {
      const { admin } = shop.cast
      const body = {
        name: 'Test Product',
        description: 'A test product',
        sku: 'test-001',
        price: 29.99,
        cost: 12.5,
        category_id: tools.id,
        stock_quantity: 100,
        dimensions: { length: 10, width: 5, height: 2 },
        attributes: { color: 'red' },
        tags: ['new'],
        images: ['https://example.com/1.jpg'],
        featured: true
      }
      const made = await rest(admin, 'POST', '/products', body)
      assert.equal(made.status, 201)
      assert.equal(made.body.sku, 'TEST-001')
      laptop = made.body
      assert.equal((await rest(customer, 'POST', '/products', { ...body, sku: 'TEST-002' })).status, 403)
      assert.equal((await rest(anonymous, 'POST', '/products', body)).status, 401)
      const rows: [fields: Json, status: number, field: string][] = [
        [{ sku: 'OTHER-1', price: -10 }, 422, 'price'],
        [{ sku: 'ab' }, 422, 'sku'],
        [{}, 409, 'sku'],
        [{ sku: 'OTHER-1', category_id: 99999 }, 409, 'category_id']
      ]
      for (const [fields, status, field] of rows) {
        const answer = await rest(admin, 'POST', '/products', { ...body, ...fields })
        assert.deepEqual([answer.status, answer.body.error.field], [status, field], JSON.stringify(fields))
      }
    })

    it('is listed, filtered, searched and paged by everybody; the cost is the business of staff', async () => {
      await shop.product({ name: 'Plain saw', sku: 'SAW-1', price: 60, description: 'cuts' })
      await shop.product({ name: 'Gone saw', sku: 'SAW-2', price: 20, is_active: false })
      const rows: [query: string, expected: string[]][] = [
        ['sort=-featured,-created_at', ['TEST-001', 'SAW-1']],
        ['search=test', ['TEST-001']],
        ['search=cuts', ['SAW-1']],
        ['min_price=10&max_price=50', ['TEST-001']],
        [`category_id=${tools.id}`, ['TEST-001']],
        ['featured=true', ['TEST-001']],
        ['is_active=false', []],
        ['attributes.color=red', ['TEST-001']],
        ['tags[$contains]=new', ['TEST-001']],
        ['sort=price&skip=1&limit=1', ['SAW-1']]
      ]
      for (const [query, expected] of rows) {
        const answer = await rest(anonymous, 'GET', `/products?${query}`)
        assert.deepEqual([answer.status, skus(answer)], [200, expected], query)
      }
      const socket = await shop.world.socket()
      const found = await socket.call('find', 'products', { min_price: 10, max_price: 50 })
      assert.deepEqual(found, (await rest(anonymous, 'GET', '/products?min_price=10&max_price=50')).body)
      for (const [person, expected] of [
        [anonymous, false],
        [customer, false],
        [shop.cast.manager, true]
      ] as const)
        // prettier-ignore
        assert.equal('cost' in (await rest(person, 'GET', `/products/${laptop.id}`)).body, expected, person.name)
      assert.equal((await rest(anonymous, 'GET', '/products?limit=1000')).body.limit, 100)
      assert.equal((await rest(anonymous, 'GET', '/products?limit=-1')).status, 422)
    })

    it('is changed by PUT and PATCH, and hides what was deleted without forgetting it', async () => {
      const { admin } = shop.cast
      const path = `/products/${laptop.id}`
      assert.equal((await rest(customer, 'PUT', path, { name: 'x', sku: 'TEST-001', price: 1 })).status, 403)
      const put = await rest(admin, 'PUT', path, { name: 'Saw', sku: 'test-001', price: 19.99 })
      assert.deepEqual([put.status, put.body.price, put.body.tags], [200, 19.99, []])
      assert.equal((await rest(admin, 'PATCH', path, { stock_quantity: 7 })).body.stock_quantity, 7)
      assert.equal((await rest(customer, 'DELETE', path)).status, 403)
      assert.equal((await rest(admin, 'DELETE', path)).status, 200)
      for (const person of [anonymous, admin]) assert.equal((await rest(person, 'GET', path)).status, 404)
      const [row] = await shop.world.sql('select deleted_at from products where id = $1', [laptop.id])
      assert.ok(row!.deleted_at)
      assert.equal((await rest(admin, 'POST', `${path}/restore`, {})).status, 200)
      assert.equal((await rest(anonymous, 'GET', path)).status, 200)
    })

    it('answers 404 for a product that there is not', async () => {
      const { status, body } = await rest(anonymous, 'GET', '/products/99999')
      assert.deepEqual([status, body.error.code], [404, 'NOT_FOUND'])
    })

    it('answers ten at once, and a hundred on a page, within five seconds', async () => {
      const began = Date.now()
      const answers = await Promise.all(Array.from({ length: 10 }, () => rest(anonymous, 'GET', '/products?limit=100'))) // prettier-ignore
      assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]))
      assert.ok(Date.now() - began < 5000)
    })
  })
})
