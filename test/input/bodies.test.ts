import assert from 'node:assert/strict'
import type { Json, World } from '../helpers/world'
import { startWorld } from '../helpers/world'
import type { Expected } from './contract'
import { assertError, assertRefused, bearer, contents, send, unchanged } from './contract'

const INVALID = (field: string, rule: string): Expected => ({ code: 'VALIDATION_ERROR', field, rule })
const MALFORMED: Expected = { code: 'MALFORMED_BODY' }
/** A body is text, where JSON has more to say than JavaScript: `1e400`, `-0`, `\ud800`, a key twice. */
type Row = readonly [what: string, body: string | Json, expected: Expected]
type Taken = readonly [what: string, body: string | Json, shown: Json]

const product = (fields: Json) => ({ name: 'Cup', sku: `CUP-${++count}`, price: 1, ...fields })
const category = (fields: Json) => ({ name: 'Cups', slug: `cups-${++count}`, ...fields })
let count = 0
const nested = (depth: number) =>
  `{"name":"x","slug":"deep","metadata":${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}}`
const numbers = (field: string, number: string) =>
  `{"name":"x","sku":"NUM-${++count}","price":1,"${field}":${number}}`

const BODIES: Record<string, readonly Row[]> = {
  '/tasks': [
    ['an unclosed object', '{"title": "x"', MALFORMED],
    ['JavaScript', "{title: 'x'}", MALFORMED],
    ['a trailing comma', '{"title":"x",}', MALFORMED],
    ['NaN', '{"title":NaN}', MALFORMED],
    ['a text', '"title"', MALFORMED],
    ['null', 'null', MALFORMED],
    ['a number', '42', MALFORMED],
    ['nothing', '', MALFORMED],
    ['half a UTF-16 file', '\u0000{\u0000"', MALFORMED],
    ['two documents', '{"title":"x"}{"title":"y"}', MALFORMED],
    ['a key __proto__', '{"title":"x","__proto__":{"role":"admin"}}', MALFORMED],
    ['an escaped key __proto__', '{"title":"x","\\u005f_proto__":{"role":"admin"}}', MALFORMED],
    ['an empty object', {}, INVALID('title', 'required')],
    ['a key constructor', { title: 'x', constructor: { prototype: { a: 1 } } }, INVALID('constructor', 'additionalProperties')],
    ['an unknown field', { title: 'x', colour: 'red' }, INVALID('colour', 'additionalProperties')],
    ['a number for a text', { title: 1 }, INVALID('title', 'type')],
    ['null for a text', { title: null }, INVALID('title', 'type')],
    ['a list for a text', { title: ['x'] }, INVALID('title', 'type')],
    ['an object for a text', { title: { $ne: 'x' } }, INVALID('title', 'type')],
    ['an empty title', { title: '' }, INVALID('title', 'minLength')],
    ['256 characters', { title: 'x'.repeat(256) }, INVALID('title', 'maxLength')],
    ['10,001 characters', { title: 'x', description: 'ü'.repeat(10_001) }, INVALID('description', 'maxLength')],
    ['U+0000', { title: 'a\0b' }, INVALID('title', 'shape')],
    ['half of a surrogate pair', '{"title":"a\\ud83db"}', INVALID('title', 'shape')],
    ['the other half', '{"title":"\\udc00"}', INVALID('title', 'shape')],
    ['an unknown word', { title: 'x', priority: 'HIGH' }, INVALID('priority', 'enum')],
    ['its own id', { id: 7, title: 'x' }, INVALID('id', 'read_only')],
    ['another owner', { title: 'x', user_id: 1 }, INVALID('user_id', 'read_only')],
    ['its own time', { title: 'x', created_at: '2026-01-31T12:00:00Z' }, INVALID('created_at', 'read_only')],
    ...['tomorrow', 'infinity', 'NaN', '', '2026-02-30T00:00:00Z', '2025-02-29T00:00:00Z', '2026-01-31T24:00:00Z', '2026-13-01T00:00:00Z',
      '0000-01-01T00:00:00Z', '2026-06-30T23:59:60Z', '2026-01-31T12:00:00', '2026-01-31T12:00:00+99:99',
      '9999-12-31T23:59:59-01:00', '+012026-01-31T12:00:00Z', '1769860800'
    ].map((due_date): Row => [`the time ${due_date}`, { title: 'x', due_date }, INVALID('due_date', 'format')]),
    ['a number for a time', { title: 'x', due_date: 1769860800 }, INVALID('due_date', 'type')],
    ['a list of numbers', '[1]', INVALID('0', 'type')],
    ['a list of lists', '[[]]', INVALID('0', 'type')],
    ['a list with null', '[{"title":"x"},null]', INVALID('1', 'type')],
    ['one wrong among many', [{ title: 'x' }, { title: '' }], INVALID('1.title', 'minLength')],
    ['10,000 records', Array.from({ length: 10_000 }, () => ({ title: 'x' })), { ...INVALID('', 'maxItems'), field: undefined }]
  ],
  '/categories': [
    ['a list for an object', category({ metadata: [] }), INVALID('metadata', 'type')],
    ['a text for an object', category({ metadata: 'x' }), INVALID('metadata', 'type')],
    ['null for an object', category({ metadata: null }), INVALID('metadata', 'type')],
    ['an object 40 deep', nested(40), INVALID('metadata', 'shape')],
    ['an object 100,000 deep', nested(100_000), { code: 'BAD_REQUEST' }],
    ['a list 100,000 deep', nested(1).replace('1}', `${'['.repeat(1e5)}${']'.repeat(1e5)}}`), { code: 'BAD_REQUEST' }],
    ['an object of 65,537 characters', category({ metadata: { a: 'x'.repeat(65_529) } }), INVALID('metadata', 'shape')],
    ['a nested key __proto__', '{"name":"x","slug":"p","metadata":{"a":{"__proto__":{}}}}', MALFORMED],
    ['an infinite number inside', '{"name":"x","slug":"inf","metadata":{"a":[1e400]}}', INVALID('metadata', 'shape')],
    ['U+0000 in a key', category({ metadata: { 'a\0': 1 } }), INVALID('metadata', 'shape')],
    ['half a pair in a key', '{"name":"x","slug":"half","metadata":{"\\ud800":1}}', INVALID('metadata', 'shape')],
    ['a text for a number', category({ sort_order: '1' }), INVALID('sort_order', 'type')],
    ['a fraction', category({ sort_order: 1.5 }), INVALID('sort_order', 'type')],
    ['2³¹', category({ sort_order: 2 ** 31 }), INVALID('sort_order', 'maximum')],
    ['a text for a switch', category({ is_active: 'true' }), INVALID('is_active', 'type')],
    ['a number for a switch', category({ is_active: 1 }), INVALID('is_active', 'type')],
    ['a pattern missed', category({ slug: 'not a slug' }), INVALID('slug', 'pattern')],
    ['the parent 0', category({ parent_id: 0 }), INVALID('parent_id', 'minimum')],
    ['a parent beyond 2⁵³', '{"name":"x","slug":"far","parent_id":9007199254740993}', INVALID('parent_id', 'maximum')],
    ['a text as parent', category({ parent_id: '1' }), INVALID('parent_id', 'type')],
    ['a missing parent', category({ parent_id: 999_999 }), { code: 'MISSING_REFERENCE', field: 'parent_id' }],
    ['a missing parent among many', [category({}), category({ parent_id: 999_999 })], { code: 'MISSING_REFERENCE', field: 'parent_id' }],
    ['a taken slug', category({ slug: 'taken' }), { code: 'DUPLICATE', field: 'slug' }],
    ['a taken slug in capitals', category({ slug: 'TAKEN' }), { code: 'DUPLICATE', field: 'slug' }],
    ['one slug twice', [category({ slug: 'twice' }), category({ slug: 'Twice' })], { code: 'DUPLICATE', field: 'slug' }]
  ],
  '/products': [
    ['three decimals', product({ price: 1.005 }), INVALID('price', 'multipleOf')],
    ['a tiny price', product({ price: 0.001 }), INVALID('price', 'multipleOf')],
    ['less than nothing', product({ price: -0.01 }), INVALID('price', 'minimum')],
    ['a price of twelve digits', product({ price: 10_000_000_000 }), INVALID('price', 'maximum')],
    ['an infinite price', numbers('cost', '1e400'), INVALID('cost', 'shape')],
    ['a text for a price', product({ price: '12.50' }), INVALID('price', 'type')],
    ['NaN as a text', product({ weight: 'NaN' }), INVALID('weight', 'type')],
    ['an infinite weight', numbers('weight', '-1e999'), INVALID('weight', 'shape')],
    ['less than no stock', product({ stock_quantity: -1 }), INVALID('stock_quantity', 'minimum')],
    ['a sku in lower case, taken', product({ sku: 'taken-1' }), { code: 'DUPLICATE', field: 'sku' }],
    ['10,000 tags', product({ tags: Array.from({ length: 10_000 }, (_, i) => `t${i}`) }), INVALID('tags', 'maxItems')],
    ['a number among tags', product({ tags: ['a', 1] }), INVALID('tags.1', 'type')],
    ['null among tags', product({ tags: [null] }), INVALID('tags.0', 'type')],
    ['a text for tags', product({ tags: 'a,b' }), INVALID('tags', 'type')],
    ['an object for tags', product({ tags: { 0: 'a' } }), INVALID('tags', 'type')],
    ['tags as PostgreSQL writes them, too long', product({ tags: [`{${'a'.repeat(100)}}`] }), INVALID('tags.0', 'maxLength')]
  ]
} // prettier-ignore

const BIG_JSON = '{"name":"x","slug":"big-number","metadata":{"a":-0,"b":1e-400}}'
const TAKEN: Record<string, readonly Taken[]> = {
  '/tasks': [
    ['a key twice: the last counts', '{"title":"first","title":"last"}', { title: 'last' }],
    ['255 characters of four bytes', { title: '🫖'.repeat(255) }, { title: '🫖'.repeat(255) }],
    ['right to left', { title: 'שלום \u202eabc\u202c مرحبا' }, { title: 'שלום \u202eabc\u202c مرحبا' }],
    ['combining marks as they are', { title: 'e\u0301\u0302 ﷺ 𝒳' }, { title: 'e\u0301\u0302 ﷺ 𝒳' }],
    ['SQL', { title: "'; drop table tasks; --" }, { title: "'; drop table tasks; --" }],
    ['an offset', { title: 'x', due_date: '2026-03-01T00:30:00.1239+05:30' }, { due_date: '2026-02-28T19:00:00.123Z' }],
    ['a leap day', { title: 'x', due_date: '2024-02-29T23:59:59Z' }, { due_date: '2024-02-29T23:59:59.000Z' }],
    ['the first and the last year', { title: 'x', due_date: '0001-01-01T00:00:00Z' }, { due_date: '0001-01-01T00:00:00.000Z' }],
    ['a byte order mark', '\ufeff{"title":"bom"}', { title: 'bom' }]
  ],
  '/categories': [
    ['numbers at their limits', BIG_JSON, { metadata: { a: 0, b: 0 } }],
    ['an object of 65,536 characters', category({ slug: 'long', metadata: { a: 'x'.repeat(65_528) } }), {}],
    ['an object 32 deep', nested(30), {}],
    ['a key that SQL knows', category({ metadata: { '"; select': "$1'" } }), { metadata: { '"; select': "$1'" } }]
  ],
  '/products': [
    ['minus zero', numbers('stock_quantity', '-0'), { stock_quantity: 0 }],
    ['the highest price', product({ price: 9_999_999_999.99 }), { price: 9_999_999_999.99 }],
    ['0.07, no multiple of 0.01 in binary', product({ price: 0.07, cost: 1.1 }), { price: 0.07, cost: 1.1 }],
    ['10.10 and 1e1', numbers('cost', '1e1'), { price: 1, cost: 10 }],
    ['the smallest weight', numbers('weight', '5e-324'), { weight: 5e-324 }],
    ['tags that an array literal must quote', product({ tags: ['{a,b}', '"', '\\', 'NULL', ' '] }), { tags: ['{a,b}', '"', '\\', 'NULL', ' '] }]
  ]
} // prettier-ignore

describe('bodies', () => {
  let world: World
  let cast: Awaited<ReturnType<World['cast']>>
  const post = (path: string, body: string | Json) =>
    world.rest(cast.admin, 'POST', path, typeof body === 'string' ? { raw: body } : { body })
  before(async () => {
    world = await startWorld()
    cast = await world.cast()
    await post('/categories', category({ slug: 'taken' }))
    await post('/products', product({ sku: 'TAKEN-1' }))
  })
  after(() => world?.close())

  for (const [path, rows] of Object.entries(BODIES))
    for (const [what, body, expected] of rows)
      it(`POST ${path} refuses ${what}`, () =>
        unchanged(world, async () => assertRefused(await post(path, body), expected)))

  for (const [path, rows] of Object.entries(TAKEN))
    for (const [what, body, shown] of rows)
      it(`POST ${path} takes ${what}`, async () => {
        const created = await post(path, body)
        assert.equal(created.status, 201, JSON.stringify(created.body))
        const read = await world.rest(cast.admin, 'GET', `${path}/${created.body.id}`)
        assert.deepEqual(read.body, { ...created.body, ...shown })
      })

  it('refuses bytes that are no UTF-8, whatever they are sent to, and keeps nothing of them', () =>
    unchanged(world, async () => {
      const body = Buffer.concat([
        Buffer.from('{"title":"'),
        Buffer.from([0xff, 0xc3, 0x28]),
        Buffer.from('"}')
      ])
      const headers = { 'Content-Type': 'application/json', ...bearer(cast.admin.token) }
      for (const path of ['/api/v1/tasks', '/api/v1/auth/login', '/graphql']) {
        const answer = await send(world, 'POST', path, { headers, body })
        assertError(answer.body, MALFORMED)
        assert.equal(answer.status, 400)
      }
    }))

  it('refuses the same in PUT and PATCH', async () => {
    const { body: made } = await post('/categories', category({}))
    const rows: [string, string | Json, Expected][] = [
      ['PATCH', '[]', MALFORMED],
      ['PATCH', '[{"name":"x"}]', MALFORMED],
      ['PATCH', '{"name":"\\ud800"}', INVALID('name', 'shape')],
      ['PATCH', '{"metadata":{"a":1e400}}', INVALID('metadata', 'shape')],
      ['PATCH', { name: null }, INVALID('name', 'type')],
      ['PATCH', { id: 3 }, INVALID('id', 'read_only')],
      ['PATCH', { parent_id: 999_999 }, { code: 'MISSING_REFERENCE', field: 'parent_id' }],
      ['PATCH', { slug: 'TAKEN' }, { code: 'DUPLICATE', field: 'slug' }],
      ['PUT', { name: 'x' }, INVALID('slug', 'required')],
      ['PUT', category({ slug: 'taken' }), { code: 'DUPLICATE', field: 'slug' }],
      ['PUT', [category({})], MALFORMED]
    ]
    for (const [method, body, expected] of rows) {
      const call = typeof body === 'string' ? { raw: body } : { body }
      const answer = await unchanged(world, () =>
        world.rest(cast.admin, method, `/categories/${made.id}`, call)
      )
      assertRefused(answer, expected)
    }
    assert.deepEqual((await world.rest(cast.admin, 'GET', `/categories/${made.id}`)).body, made)
  })

  it('refuses to remove what others refer to', async () => {
    const { body: parent } = await post('/categories', category({}))
    await post('/categories', category({ parent_id: parent.id }))
    await unchanged(world, async () =>
      assertRefused(await world.rest(cast.admin, 'DELETE', `/categories/${parent.id}`), {
        code: 'STILL_REFERENCED'
      })
    )
  })

  it('takes an empty list for what it is', async () => {
    const before = await contents(world)
    const { status, body } = await post('/tasks', [])
    assert.deepEqual([status, body], [201, []])
    assert.deepEqual(await contents(world), before)
  })
})
