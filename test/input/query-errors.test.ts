import assert from 'node:assert/strict'
import type { ErrorCode } from '../../packages/rachis/src/errors/errors'
import type { Json, Listener, Person, World } from '../helpers/world'
import { startWorld } from '../helpers/world'
import { assertError, assertRefused } from './contract'
import { fill, samples } from './samples'

type Row = readonly [query: string, code: ErrorCode, field?: string, rule?: string]
const many = (length: number, item: (index: number) => string, joiner = '&') =>
  Array.from({ length }, (_, index) => item(index)).join(joiner)

const BAD: Row[] = [
  ...['nothing=1', 'Name=x', 'secrets=x', 'id.x=1', 'constructor=1', '0=1', 'name%00=1'].map((query): Row => [query, 'BAD_QUERY', query.split('=')[0]!.replace('%00', '\0')]),
  ...['$where', '$regex', '$limits', '$text', '$null', '$comment', '$in', '$populate'].map((name): Row => [`${name}=1`, 'BAD_QUERY', name]),
  ...['$regex', '$like', '$exists', '$gtx', 'gte', '$eq', '$not', '$contains', '$null', 'constructor'].map((operator): Row => [`name[${operator}]=x`, 'BAD_QUERY', 'name']),
  ['=3', 'BAD_QUERY'],
  ['name=x&=', 'BAD_QUERY'],
  ['kind[$gt]=a', 'BAD_QUERY', 'kind'],
  ['is_on[$lt]=true', 'BAD_QUERY', 'is_on'],
  ['size[$ilike]=1', 'BAD_QUERY', 'size'],
  ['tags[$in][]=new', 'BAD_QUERY', 'tags'],
  ['min_kind=a', 'BAD_QUERY', 'min_kind'],
  ['min_nothing=1', 'BAD_QUERY', 'min_nothing'],
  ['data=1', 'BAD_QUERY', 'data'],
  ['data[color]=red', 'BAD_QUERY', 'data'],
  ['data[$ne]=1', 'BAD_QUERY', 'data'],
  ['tags=new', 'BAD_QUERY', 'tags'],
  ['name.first=x', 'BAD_QUERY', 'name.first'],
  ['data.=x', 'BAD_QUERY', 'data.'],
  ['data.a"b=x', 'BAD_QUERY', 'data.a"b'],
  [`data.${many(11, () => 'a', '.')}=x`, 'BAD_QUERY', `data.${many(11, () => 'a', '.')}`],
  ['secret=hidden', 'FORBIDDEN', 'secret'],
  ['secret[$ilike]=h%25', 'FORBIDDEN', 'secret'],
  ['secret[$null]=true', 'FORBIDDEN', 'secret'],
  ['min_secret=a', 'FORBIDDEN', 'secret'],
  ['sort=secret', 'FORBIDDEN', 'secret'],
  ['$sort[secret]=1', 'FORBIDDEN', 'secret'],
  ['fields=secret', 'FORBIDDEN', 'secret'],
  ['$select[]=secret', 'FORBIDDEN', 'secret'],
  ['$or[0][name]=x&$or[1][secret]=hidden', 'FORBIDDEN', 'secret'],
  ['sort=nothing', 'BAD_QUERY', 'nothing'],
  ['limit=1&$limit=2', 'BAD_QUERY', 'limit'],
  ['$skip=1&skip=1', 'BAD_QUERY', 'skip'],
  ['sort=name&$sort[name]=-1', 'BAD_QUERY', 'sort'],
  ['fields=name&$select[]=size', 'BAD_QUERY', 'fields'],
  ['sort=', 'BAD_QUERY'],
  ['sort=data', 'BAD_QUERY', 'data'],
  ['sort=tags', 'BAD_QUERY', 'tags'],
  ['sort=--name', 'BAD_QUERY', '-name'],
  ['sort[0][a]=name', 'BAD_QUERY', '$sort'],
  ['sort=name;drop', 'BAD_QUERY', 'name;drop'],
  [many(51, (i) => `$and[${i}][size][$gte]=0&$and[${i}][size][$lte]=9`), 'BAD_QUERY', 'size'],
  [many(3, (i) => `$and[${i}][size][$in]=${many(700, String, ',')}`), 'VALIDATION_ERROR', 'size', 'maxItems'],
  [`sort=${many(11, () => 'name', ',')}`, 'BAD_QUERY', '$sort'],
  ['$sort[name]=2', 'VALIDATION_ERROR', 'name', 'enum'],
  ['$sort[name]=desc', 'VALIDATION_ERROR', 'name', 'enum'],
  ['$sort[name][]=1&$sort[name][]=1', 'VALIDATION_ERROR', 'name', 'enum'],
  ['$sort[name][then]=1', 'VALIDATION_ERROR', 'name', 'enum'],
  ['fields=', 'BAD_QUERY'],
  ['fields=*', 'BAD_QUERY', '*'],
  ['$select[a]=name', 'BAD_QUERY', '$select'],
  ['$select[0][a]=name', 'BAD_QUERY', '$select'],
  ...['-1', 'abc', '1.5', '1e3', '', ' 1', '0x10', 'null'].flatMap((value): Row[] => [[`limit=${value}`, 'VALIDATION_ERROR', 'limit', 'minimum'], [`$skip=${value}`, 'VALIDATION_ERROR', 'skip', 'minimum']]),
  ['limit=99999999999999999999', 'VALIDATION_ERROR', 'limit', 'maximum'],
  ['$skip=99999999999999999999', 'VALIDATION_ERROR', 'skip', 'maximum'],
  ['limit[]=1', 'VALIDATION_ERROR', 'limit'],
  ['limit=1&limit=2', 'BAD_QUERY', 'limit'],
  ['page=1&page=1', 'BAD_QUERY', 'page'],
  ['$limit[$gt]=1', 'VALIDATION_ERROR', 'limit'],
  ['page=0', 'VALIDATION_ERROR', 'page'],
  ['page_size=0', 'VALIDATION_ERROR', 'page_size'],
  ['page=1&limit=5', 'BAD_QUERY', 'page'],
  ['$or=1', 'BAD_QUERY', '$or'],
  ['$or[name]=x', 'BAD_QUERY', '$or'],
  ['$or[]=x', 'BAD_QUERY', '$or'],
  ['$and[0][nothing]=1', 'BAD_QUERY', 'nothing'],
  ['$or[0][$limit]=1', 'BAD_QUERY', '$limit'],
  ['$or[0][$sort][name]=1', 'BAD_QUERY', '$sort'],
  [many(101, (index) => `$or[${index}][size]=${index}`), 'BAD_QUERY', 'size'],
  ...['abc', '1.5', '', '2147483648', '1e400', '0x1', 'true', 'Infinity', '1 or 1=1'].map((value): Row => [`size=${encodeURIComponent(value)}`, 'VALIDATION_ERROR', 'size', 'type']),
  ...['abc', 'NaN', 'Infinity', '1e400', '1,x', '--1'].flatMap((value): Row[] => [[`weight=${value}`, 'VALIDATION_ERROR', 'weight', 'type'], [`price[$gt]=${value}`, 'VALIDATION_ERROR', 'price', 'type']]),
  ...['yes', '1', 'TRUE', ''].map((value): Row => [`is_on=${value}`, 'VALIDATION_ERROR', 'is_on', 'type']),
  ...['yesterday', '2026-02-30', '2026-13-01', '31.01.2026', '', 'now()', '2026-01-31T25:00:00Z'].flatMap((value): Row[] => [[`at=${value}`, 'VALIDATION_ERROR', 'at', 'type'], [`min_day=${value}`, 'VALIDATION_ERROR', 'day', 'type']]),
  ['token=7', 'VALIDATION_ERROR', 'token', 'type'],
  ['kind=medium', 'VALIDATION_ERROR', 'kind', 'enum'],
  ['kind=odd,medium', 'VALIDATION_ERROR', 'kind', 'enum'],
  ['id=abc', 'VALIDATION_ERROR', 'id', 'type'],
  ['id=9007199254740993', 'VALIDATION_ERROR', 'id', 'type'],
  ['id[$gt][$gt]=1', 'VALIDATION_ERROR', 'id', 'type'],
  ['name[$ne][a]=x', 'VALIDATION_ERROR', 'name', 'type'],
  ['name[$gt][]=x', 'VALIDATION_ERROR', 'name', 'type'],
  ['name[0][a]=x', 'VALIDATION_ERROR', 'name', 'type'],
  ['name=a%00b', 'VALIDATION_ERROR', 'name', 'type'],
  [`name=${'x'.repeat(10_001)}`, 'VALIDATION_ERROR', 'name', 'type'],
  ['name[$ilike]=a\\', 'VALIDATION_ERROR', 'name', 'pattern'],
  ['name[$ilike]=a\\\\\\', 'VALIDATION_ERROR', 'name', 'pattern'],
  ['rank[$gt]=null', 'VALIDATION_ERROR', 'rank', 'type'],
  ['min_rank=null', 'VALIDATION_ERROR', 'rank', 'type'],
  ['rank[$null]=null', 'VALIDATION_ERROR', 'rank', 'type'],
  ['rank[$null]=maybe', 'VALIDATION_ERROR', 'rank', 'type'],
  ['size[$in][a]=1', 'VALIDATION_ERROR', 'size', 'type'],
  ['size[$in][0][a]=1', 'VALIDATION_ERROR', 'size', 'type'],
  [`size=${many(1001, String, ',')}`, 'VALIDATION_ERROR', 'size', 'maxItems'],
  [`size[$nin]=${many(1001, String, ',')}`, 'VALIDATION_ERROR', 'size', 'maxItems'],
  [`tags[$contains]=${many(60, () => 'x', ',')}${'y'.repeat(10_000)}`, 'VALIDATION_ERROR', 'tags', 'type'],
  [many(2100, () => 'a', '&'), 'BAD_QUERY']
] // prettier-ignore

describe('queries that are refused', () => {
  let world: World
  let admin: Person
  let socket: Listener
  const visitor: Person = { name: 'visitor' }
  before(async () => {
    world = await startWorld({ resources: [samples] })
    await fill(world)
    admin = await world.register('admin', { role: 'admin' })
    socket = await world.socket()
  })
  after(() => world?.close())

  for (const [query, code, field, rule] of BAD) {
    it(`?${query.slice(0, 60)}`, async () => {
      const answer = await world.rest(visitor, 'GET', `/samples?${query}`)
      assert.equal(answer.body?.error?.code, code, JSON.stringify(answer.body).slice(0, 500))
      assertRefused(answer, { code, field: field ?? answer.body.error.field, rule })
    })
  }

  it('a hidden field may be asked for by those who may read it', async () => {
    assert.equal(
      (await world.rest(admin, 'GET', '/samples?secret=hidden&sort=secret&fields=secret')).body.total,
      8
    )
  })

  it('a password is nobody’s to ask for', async () => {
    for (const query of [
      'password=x',
      'password[$ilike]=$2%25',
      'sort=password',
      'fields=password',
      '$or[0][password]=x'
    ])
      assertRefused(await world.rest(admin, 'GET', `/users?${query}`), {
        code: 'BAD_QUERY',
        field: 'password'
      })
    assertRefused(await world.rest(admin, 'GET', '/products?deleted_at=null'), {
      code: 'BAD_QUERY',
      field: 'deleted_at'
    })
  })

  it('only a list can be filtered', async () => {
    const { body } = await world.rest(admin, 'GET', '/samples?limit=1')
    const { id } = body.data[0]
    for (const method of ['GET', 'PATCH', 'DELETE'])
      for (const query of ['name=amber', 'sort=name', 'page=2', 'limit=1', '$skip=1', 'page_size=1']) {
        const call = method === 'PATCH' ? { body: { note: 'changed' } } : {}
        const answer = await world.rest(admin, method, `/samples/${id}?${query}`, call)
        assertRefused(answer, { code: 'BAD_QUERY', field: query.split('=')[0] })
      }
    assert.equal((await world.rest(admin, 'GET', `/samples/${id}`)).body.note, null)
  })

  /** What only a socket can say: values that are no texts. */
  const ODD: [object, ErrorCode, string?][] = [
    [{ nothing: 1 }, 'BAD_QUERY', 'nothing'],
    [{ size: {} }, 'BAD_QUERY', 'size'],
    [{ size: { $gt: {} } }, 'VALIDATION_ERROR', 'size'],
    [{ size: [[1]] }, 'VALIDATION_ERROR', 'size'],
    [{ size: true }, 'VALIDATION_ERROR', 'size'],
    [{ size: 2 ** 31 }, 'VALIDATION_ERROR', 'size'],
    [{ name: 5 }, 'VALIDATION_ERROR', 'name'],
    [{ name: 'a\0' }, 'VALIDATION_ERROR', 'name'],
    [{ is_on: 1 }, 'VALIDATION_ERROR', 'is_on'],
    [{ at: 5 }, 'VALIDATION_ERROR', 'at'],
    [{ at: { $gt: null } }, 'VALIDATION_ERROR', 'at'],
    [{ token: {} }, 'BAD_QUERY', 'token'],
    [{ id: { $in: Array.from({ length: 1001 }, (_, i) => i) } }, 'VALIDATION_ERROR', 'id'],
    [{ id: { $in: Array.from({ length: 10_000 }, (_, i) => i) } }, 'BAD_QUERY'],
    [Object.fromEntries(Array.from({ length: 40_000 }, (_, i) => [`k${i}`, 1])), 'BAD_QUERY'],
    [{ name: 'x'.repeat(100_000) }, 'BAD_QUERY'],
    [{ id: { $in: 5 } }, 'VALIDATION_ERROR', 'id'],
    [{ id: { $in: [null, {}] } }, 'VALIDATION_ERROR', 'id'],
    [{ tags: { $contains: { a: 1 } } }, 'VALIDATION_ERROR', 'tags'],
    [{ $or: {} }, 'BAD_QUERY', '$or'],
    [{ $or: [] }, 'BAD_QUERY', '$or'],
    [{ $and: [] }, 'BAD_QUERY', '$and'],
    [{ name: 'x', $or: [{ $and: [] }] }, 'BAD_QUERY', '$and'],
    [{ $or: [null] }, 'BAD_QUERY', '$or'],
    [{ $and: [{ $or: [{ $and: [{ $or: [{ $and: [{ $or: [{ size: 1 }] }] }] }] }] }] }, 'BAD_QUERY'],
    [{ $limit: -1 }, 'VALIDATION_ERROR', 'limit'],
    [{ $limit: 1.5 }, 'VALIDATION_ERROR', 'limit'],
    [{ $limit: {} }, 'VALIDATION_ERROR', 'limit'],
    [{ $skip: Number.MAX_VALUE }, 'VALIDATION_ERROR', 'skip'],
    [{ $select: [5] }, 'BAD_QUERY', '$select'],
    [{ $select: { 0: 'name' } }, 'BAD_QUERY', '$select'],
    [{ $sort: 5 }, 'BAD_QUERY', '$sort'],
    [{ $sort: { name: null } }, 'VALIDATION_ERROR', 'name'],
    [{ $sort: { secret: 1 } }, 'FORBIDDEN', 'secret']
  ] // prettier-ignore
  it('422 for a text with U+0000, which is what the error says', async () => {
    const { body } = await world.rest(visitor, 'GET', '/samples?name=a%00')
    assert.equal(body.error.message, 'name must not contain the character U+0000')
    assert.match(body.error.hint, /Leave it out/)
  })

  for (const [query, code, field] of ODD) {
    it(`a socket’s ${JSON.stringify(query).slice(0, 60)}`, async () =>
      assertError((await socket.refusal('find', 'samples', query)) as Json, { code, field }))
  }
})
