import assert from 'node:assert/strict'
import type { Json, World } from '../helpers/world'
import type { Stage } from './stage'
import { caller, openStage, renew } from './stage'

const BOOK = { name: 'Tea', price: 4.5, author: 'Ada Lovelace', mark: { of: 12 }, size: 3 }

describe('what an older version is refused', () => {
  let world: World
  let cast: Stage['cast']
  before(async () => {
    ;({ world, cast } = await openStage())
  })
  after(() => world?.close())

  const v1 = caller(1, () => ({ world, cast }))
  const v2 = caller(2, () => ({ world, cast }))
  const makeBook = async (): Promise<number> => (await v1('POST', '/books', { body: BOOK })).body.id as number

  it('a value that the schema of its own version has not, by its name there', async () => {
    const id = await makeBook()
    for (const [body, expected] of [
      [{ price: -1 }, ['price must be >= 0']],
      [{ price: true }, ['price must be number']],
      [{ price: '3' }, ['price must be number']],
      [{ price: [4] }, ['price must be number']],
      [{ price: 'x' }, ['price must be number']],
      [{ price: null }, ['price must be number']],
      [{ author: 5 }, ['author must be string']],
      [{ mark: { of: 'x' } }, ['mark.of must be integer']],
      [{ mark: 7 }, ['mark must be object']],
      [{ price: -1, size: 0 }, ['price must be >= 0', 'size must be >= 1']]
    ] as const)
      for (const [method, path, sent] of [
        ['PATCH', `/books/${id}`, body],
        ['PUT', `/books/${id}`, { ...BOOK, ...body }],
        ['POST', '/books', { ...BOOK, ...body }],
        ['PATCH', '/books?name=Tea', body]
      ] as const) {
        const answer = await v1(method, path, { body: sent })
        assert.equal(answer.status, 422, `${method} ${JSON.stringify(body)}`)
        const told = answer.body.error.details.map(({ field, message }: Json) => `${field} ${message}`)
        assert.deepEqual(told, expected, `${method} ${JSON.stringify(body)}`)
        assert.equal(answer.body.error.message, expected[0])
      }
    const list = await v1('POST', '/books', { body: [BOOK, { ...BOOK, price: -1 }] })
    assert.deepEqual([list.status, list.body.error.field], [422, '1.price'])
    assert.equal((await v1('GET', `/books/${id}`)).body.price, 4.5)
    const foreign = await v1('PATCH', `/books/${id}`, { body: { price: -1 } }, cast.anonymous)
    assert.equal(foreign.status, 401)
  })

  it('a value that the present version has not, without a word of its names and units', async () => {
    const id = await makeBook()
    for (const [field, value] of [
      ['price', 1e12],
      ['author', 'Bob'],
      ['mark', { of: 13 }],
      ['mark', { of: 9 }]
    ] as const) {
      const message = `${field} is not a value that this field can have`
      for (const [method, path, body] of [
        ['PATCH', `/books/${id}`, { [field]: value }],
        ['POST', '/books', { ...BOOK, [field]: value }],
        ['POST', '/books', [BOOK, { ...BOOK, [field]: value }]]
      ] as const) {
        const answer = await v1(method, path, { body })
        assert.equal(answer.status, 422, `${method} ${field}`)
        const at = Array.isArray(body) ? '1.' : ''
        assert.equal(answer.body.error.message, `${at}${message}`)
        assert.equal(answer.body.error.details.length, 1)
        assert.doesNotMatch(JSON.stringify(answer.body), /cents|_name|code"?:? must|2147483647|integer/)
      }
    }
    const { author: _a, ...anonymous } = BOOK
    const missing = await v1('POST', '/books', { body: anonymous })
    assert.deepEqual(missing.body.error.details.map(({ field, message }: Json) => `${field} ${message}`), ['author is required']) // prettier-ignore
    const misspelt = await v1('PATCH', `/books/${id}`, { body: { price_cent: 1 } })
    assert.deepEqual([misspelt.status, misspelt.body.error.field], [422, 'price_cent'])
    assert.match(misspelt.body.error.hint, /Did you mean price instead/)
  })

  it('aggregates where it had another shape, to who may ask for them', async () => {
    await renew({ world, cast })
    for (const query of ['', '?price[$gte]=9', '?sum=price_cents', '?by=title']) {
      const { status, body } = await v1('GET', `/articles/aggregate${query}`)
      assert.deepEqual([status, body.error.code, body.error.hint], [406, 'NOT_ACCEPTABLE', 'Ask for /api/v2'])
    }
    assert.equal((await v2('GET', '/articles/aggregate?sum=price_cents')).status, 200)
    const related = await v1('GET', '/comments/aggregate?article.name=Tea')
    assert.deepEqual([related.status, related.body.data], [200, [{ group: {}, count: { '*': 0 } }]])
    assert.equal((await v1('GET', '/comments/aggregate?article.title=Tea')).status, 400)
    assert.equal((await v1('GET', '/books/aggregate', {}, cast.anonymous)).status, 401)
    assert.equal((await v1('GET', '/books/aggregate')).status, 406)
    const socket = await world.socket(cast.owner, { version: 1 })
    assert.equal((await socket.refusal('aggregate', 'articles', {})).code, 406)
    const paths = async (query: string) =>
      Object.keys(((await (await fetch(`${world.url}/openapi.json${query}`)).json()) as Json).paths as object)
    assert.ok((await paths('')).includes('/articles/aggregate'))
    assert.ok(!(await paths('?version=1')).includes('/articles/aggregate'))
    assert.ok((await paths('?version=1')).includes('/comments/aggregate'))
  })

  it('a write of a record that has changed since, by the tags of its own answers', async () => {
    const article = await renew({ world, cast })
    const path = `/articles/${article}`
    const tagOf = async (read = v1, at = path) => (await read('GET', at)).headers.get('etag')!
    const write = (tag: string, call = v1, body: Json = { name: 'Rum' }, at = path) =>
      call('PATCH', at, { body, headers: { 'If-Match': tag } })
    const [first, present] = [await tagOf(), await tagOf(v2)]
    const crossed = await write(present)
    assert.deepEqual([crossed.status, crossed.headers.get('etag')], [412, first])
    assert.equal((await write(first, v2, { title: 'Rum' })).status, 412)
    const written = await write(first)
    assert.deepEqual([written.status, written.body.name], [200, 'Rum'])
    const late = await write(first)
    assert.deepEqual([late.status, late.headers.get('etag')], [412, await tagOf()])
    assert.equal((await write(late.headers.get('etag')!)).status, 200)
    const part = `${path}?fields=name,price`
    assert.equal((await write(await tagOf(v1, part), v1, { price: 5 }, part)).status, 200)
    const book = `/books/${await makeBook()}`
    assert.equal((await write('"9"', v1, { price: 2 }, book)).status, 412)
    assert.equal((await write(await tagOf(v1, book), v1, { price: 2 }, book)).status, 200)
    assert.equal((await write('"2"', v1, { price: 3 }, book)).status, 200)
  })

  it('no write over filters by its own names and units', async () => {
    const id = await makeBook()
    await v1('POST', '/books', { body: { ...BOOK, name: 'Gin', price: 90 } })
    assert.equal((await v1('PATCH', '/books?price_cents=450', { body: { size: 5 } })).status, 400)
    assert.equal((await v1('PATCH', '/books?price[$lt]=5', { body: { price: 7.5 } })).status, 200)
    assert.equal((await v2('GET', `/books/${id}`)).body.price_cents, 750)
    assert.equal((await v1('DELETE', '/books?price_cents[$lt]=800')).status, 400)
    assert.ok([200, 204].includes((await v1('DELETE', '/books?price[$lt]=8')).status))
    const left = (await v1('GET', '/books')).body.data
    assert.deepEqual(left.map(({ name, price }: Json) => [name, price]), [['Gin', 90]]) // prettier-ignore
  })

  it('a path that is not there, with a hint within its version', async () => {
    for (const [version, call] of [
      [1, v1],
      [2, v2]
    ] as const) {
      const { body } = await call('GET', '/articles/999999')
      assert.match(body.error.hint, /^Check the id/)
      const { status, body: unknown } = await call('GET', '/articls')
      assert.equal(status, 404)
      assert.match(unknown.error.hint, new RegExp(`^Did you mean /api/v${version}/articles\\?`))
    }
    const { body } = await world.rest(cast.owner, 'GET', '/api/articles')
    assert.match(body.error.hint, /^Did you mean \/api\/v2\/articles\?/)
  })
})
