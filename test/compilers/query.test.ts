import assert from 'node:assert/strict'
import qs from 'qs'
import { lowerAll } from '../../packages/rachis/src/model/lower'
import type { Model } from '../../packages/rachis/src/model/model'
import { operatorsFor, parseQuery, readerOf } from '../../packages/rachis/src/query/query'
import {
  anyone,
  belongsTo,
  boolean,
  integer,
  json,
  lower,
  money,
  nullable,
  oneOf,
  role,
  text,
  timestamp,
  Type,
  textArray,
  writeOnly
} from '../../packages/rachis/src/declare'
import type { ThroughRelation } from '../../packages/rachis/src/declare/predicate'
import type { Terms } from '../../packages/rachis/src/declare'
import { declared, refusal } from './declared'
import { queried, typesOf, unordered } from './predicates'

const admin = role('admin')
const [products, makers] = lowerAll([
  declared(
    {
      fields: {
        name: text(),
        sku: lower(text()),
        price: money(),
        cost: nullable(money()),
        stock: integer(),
        status: oneOf('a', 'b', 'c'),
        note: nullable(text()),
        is_open: boolean(),
        at: timestamp(),
        day: Type.String({ format: 'date' }),
        ref: Type.String({ format: 'uuid' }),
        tags: textArray(),
        data: json(),
        extra: nullable(json()),
        secret: writeOnly(text()),
        min_age: integer(),
        maker_id: belongsTo('makers' as never)
      },
      access: { read: anyone, fields: { cost: { read: admin } } },
      relations: { maker: { one: 'maker_id' } },
      search: ['name'],
      limits: { page: { default: 20, max: 40 } }
    },
    'products'
  ),
  declared(
    {
      fields: { region: text(), is_open: boolean() },
      access: { read: [{ is_open: true }, admin] },
      relations: { products: { many: 'products', by: 'maker_id' } }
    },
    'makers'
  )
]) as [Model, Model]

const guest = readerOf(null)
const boss = readerOf({ id: 1, role: 'admin' })
/** A query as it comes out of a URL, and as REST hands it on. */
const parse = (url: string, reader = boss) =>
  parseQuery(products, qs.parse(url, { arrayLimit: 2000, depth: 10, allowDots: false }) as never, reader)
const parsed = (url: string) => {
  const query = JSON.parse(JSON.stringify(parse(url)))
  return { ...query, where: unordered(query.where) }
}

/** What is expected, with the filters as the predicate that they mean. */
const meant = (query: object) => ({
  ...query,
  where: unordered(queried((query as { where: Terms }).where, typesOf(products.fields)))
})

const PAGE = { limit: 20, skip: 0 }
const PAIRS: [feathers: string, friendly: string, query: object][] = [
  ['', '', { where: {}, ...PAGE }],
  ['price=10', 'price=10.00', { where: { price: 10 }, ...PAGE }],
  ['price[$gte]=10', 'min_price=10', { where: { price: { $gte: 10 } }, ...PAGE }],
  ['price[$gte]=10&price[$lte]=50', 'min_price=10&max_price=50', { where: { price: { $gte: 10, $lte: 50 } }, ...PAGE }],
  ['status[$in][]=a&status[$in][]=b', 'status=a,b', { where: { status: { $in: ['a', 'b'] } }, ...PAGE }],
  ['status[$in]=a,b', 'status[]=a&status[]=b', { where: { status: { $in: ['a', 'b'] } }, ...PAGE }],
  ['stock[$in][]=1&stock[$in][]=2', 'stock=1,2', { where: { stock: { $in: [1, 2] } }, ...PAGE }],
  ['$sort[price]=-1', 'sort=-price', { where: {}, sort: { price: -1 }, ...PAGE }],
  ['filter[price]=10', 'filter[price]=10.00', { where: { price: 10 }, ...PAGE }],
  ['price[$gte]=10', 'filter[price.$gte]=10', { where: { price: { $gte: 10 } }, ...PAGE }],
  ['filter[price][$gte]=10', 'filter[min_price]=10', { where: { price: { $gte: 10 } }, ...PAGE }],
  ['price.$gte=10&price.$lte=50', 'min_price=10&max_price=50', { where: { price: { $gte: 10, $lte: 50 } }, ...PAGE }],
  ['$and[0][stock]=1&price=2', 'price=2&filter[stock]=1', { where: { price: 2, $and: [{ stock: 1 }] }, ...PAGE }],
  ['sort[]=-price&sort[]=name', 'sort=-price&sort=name', { where: {}, sort: { price: -1, name: 1 }, ...PAGE }],
  ['$sort[price]=-1&$sort[name]=1', 'sort=-price,name', { where: {}, sort: { price: -1, name: 1 }, ...PAGE }],
  ['$limit=10&$skip=30', 'limit=10&skip=30', { where: {}, limit: 10, skip: 30 }],
  ['$limit=1000', 'limit=1000', { where: {}, limit: 40, skip: 0 }],
  ['$limit=0', 'limit=0', { where: {}, limit: 0, skip: 0 }],
  ['$select[]=name&$select[]=price', 'fields=name,price', { where: {}, select: ['id', 'name', 'price'], ...PAGE }],
  ['$select[]=id', 'fields=id,id', { where: {}, select: ['id'], ...PAGE }],
  ['$search=red shoe', 'search=red shoe', { where: {}, search: { words: 'red:* & shoe:*', like: 'red shoe' }, ...PAGE }],
  ['$search= - ', 'search=', { where: {}, ...PAGE }],
  ['data.color=red', 'data.color=red', { where: { 'data.color': 'red' }, ...PAGE }],
  ['tags[$contains]=new', 'tags[$contains][]=new', { where: { tags: { $contains: ['new'] } }, ...PAGE }]
] // prettier-ignore

const WHERE: [url: string, where: object][] = [
  ['name=a,b', { name: 'a,b' }],
  ['name=null', { name: 'null' }],
  ['note[$null]=true', { note: { $null: true } }],
  ['note[$null]=false', { note: { $null: false } }],
  ['cost=null', { cost: null }],
  ['cost[$ne]=null', { cost: { $ne: null } }],
  ['sku=AbC', { sku: 'abc' }],
  ['sku[$ilike]=A%25', { sku: { $ilike: 'A%' } }],
  ['at[$lt]=2026-01-31T12:00:00%2B01:00', { at: { $lt: '2026-01-31T11:00:00.000Z' } }],
  ['at[$gte]=2026-01-31', { at: { $gte: '2026-01-31T00:00:00.000Z' } }],
  ['min_at=2026-01-31', { at: { $gte: '2026-01-31T00:00:00.000Z' } }],
  ['is_open=false', { is_open: false }],
  ['stock[$nin]=1,2', { stock: { $nin: [1, 2] } }],
  ['stock[$gt]=1&stock[$ne]=5', { stock: { $gt: 1, $ne: 5 } }],
  ['stock=3&min_stock=1', { stock: 3, $and: [{ stock: { $gte: 1 } }] }],
  ['stock[$gte]=3&min_stock=1', { stock: { $gte: 3 }, $and: [{ stock: { $gte: 1 } }] }],
  ['min_age=3', { min_age: 3 }],
  ['data.a.b=1', { 'data.a.b': '1' }],
  ['data.a[$in]=1,2', { 'data.a': { $in: ['1', '2'] } }],
  ['data.a[$null]=true', { 'data.a': { $null: true } }],
  ['extra[$null]=true', { extra: { $null: true } }],
  ['$or[0][stock]=1&$or[1][status]=a', { $or: [{ stock: 1 }, { status: 'a' }] }],
  ['$and[0][$or][0][stock]=1', { $and: [{ $or: [{ stock: 1 }] }] }],
  ['$or[0][min_price]=1&stock=2', { $or: [{ price: { $gte: 1 } }], stock: 2 }]
]

const BAD = 'BAD_QUERY'
const INVALID = 'VALIDATION_ERROR'
const REFUSED: [url: string, code: string, field: string, message?: RegExp][] = [
  ['nonsense=1', BAD, 'nonsense', /^nonsense is not a field of products$/],
  ['prise=1', BAD, 'prise', /^prise is not a field of products$/],
  ['$were=1', BAD, '$were', /not a query parameter/],
  ['secret=x', BAD, 'secret', /not a field/],
  ['secret[$ne]=x', BAD, 'secret'],
  ['min_secret=x', BAD, 'secret'],
  ['sort=secret', BAD, 'secret'],
  ['fields=secret', BAD, 'secret'],
  ['deleted_at[$ne]=null', BAD, 'deleted_at'],
  ['price[$where]=1', BAD, 'price', /has no operator \$where; it has \$ne, \$in/],
  ['price[$ilike]=1', BAD, 'price'],
  ['status[$gt]=a', BAD, 'status'],
  ['is_open[$gt]=true', BAD, 'is_open'],
  ['name[$null]=true', BAD, 'name'],
  ['tags=a', BAD, 'tags', /\$contains/],
  ['tags[$in]=a', BAD, 'tags'],
  ['data=a', BAD, 'data', /by a path/],
  ['data[$ne]=a', BAD, 'data', /it has none/],
  ['data.a"b=1', BAD, 'data.a"b', /not a path/],
  ['data..a=1', BAD, 'data..a'],
  ['name.a=1', BAD, 'name.a', /not an object/],
  ['min_status=a', BAD, 'min_status', /no order/],
  ['max_tags=a', BAD, 'max_tags', /no order/],
  ['$or=1', BAD, '$or', /list of queries/],
  ['$or[]=1', BAD, '$or'],
  ['sort=tags', BAD, 'tags', /no order/],
  ['sort=-', BAD, ''],
  ['$sort[0][a]=price', BAD, '$sort'],
  ['filter=1', BAD, 'filter', /takes an object/],
  ['filter[limit]=1', BAD, 'limit'],
  ['sort=price,'.repeat(11), BAD, '$sort'],
  ['fields[a]=1', BAD, '$select'],
  ['page=1&limit=1', BAD, 'page'],
  ['page_size=1&$skip=1', BAD, 'page'],
  ['include=nonsense', BAD, 'nonsense', /not a relation/],
  [`include=${'maker,'.repeat(20)}maker`, BAD, '$include', /^Include relations by/],
  ['include[a][b]=c', BAD, '$include'],
  ['include=maker.products.maker.products', BAD, 'products', /at most 3 deep/],
  ['maker.maker=1', BAD, 'maker'],
  ['search[]=x', INVALID, '$search', /must be a text/],
  [`search=${'x'.repeat(1001)}`, INVALID, '$search'],
  ['price=x', INVALID, 'price', /must be a number/],
  ['price[$gte]=', INVALID, 'price'],
  ['price[$gt]=null', INVALID, 'price', /takes no null/],
  ['min_price=null', INVALID, 'price'],
  ['stock=1.5', INVALID, 'stock', /whole number/],
  ['stock=9999999999', INVALID, 'stock'],
  ['status=d', INVALID, 'status', /must be one of a, b, c/],
  ['status=a,d', INVALID, 'status'],
  ['at=tomorrow', INVALID, 'at'],
  ['day=2026-02-30', INVALID, 'day'],
  ['ref=1', INVALID, 'ref'],
  ['is_open=maybe', INVALID, 'is_open'],
  ['note[$null]=maybe', INVALID, 'note'],
  ['status[$in][a]=b', INVALID, 'status', /must be a list/],
  ['$sort[price]=2', INVALID, 'price', /1 or -1/],
  ['limit=-1', INVALID, 'limit'],
  ['limit=1.5', INVALID, 'limit'],
  ['limit=x', INVALID, 'limit'],
  ['skip=-1', INVALID, 'skip'],
  ['page=0', INVALID, 'page'],
  ['page_size=0', INVALID, 'page_size'],
  ['name[$ilike]=a%5C', INVALID, 'name', /backslash/],
  [`stock=${'1,'.repeat(1000)}1`, INVALID, 'stock', /at most 1000/]
]

describe('query', () => {
  describe('two spellings of one query', () => {
    for (const [feathers, friendly, query] of PAIRS) {
      it(feathers || 'none', () => assert.deepEqual(parsed(feathers), meant(query)))
      it(friendly || 'nothing', () => assert.deepEqual(parsed(friendly), meant(query)))
    }
    it('are not mixed up: of two answers to one question neither holds', () => {
      for (const url of ['$limit=1&limit=2', '$sort[price]=1&sort=name', 'fields=name&$select[]=name'])
        assert.throws(() => parse(url), /are one parameter: send it once/)
    })
  })

  describe('filters', () => {
    it('are one statement in whatever order they come', () => {
      const spellings = [
        'stock[$gt]=1&stock[$ne]=5&price=2&$or[0][name]=a&$or[1][stock]=1',
        '$or[0][name]=a&$or[1][stock]=1&price=2&stock[$ne]=5&stock[$gt]=1'
      ]
      const [one, other] = spellings.map((url) => parse(url).where)
      assert.deepEqual(one, other)
    })
    for (const [url, where] of WHERE)
      it(url, () => assert.deepEqual(parsed(url).where, meant({ where }).where))
  })

  describe('pages', () => {
    const pages: [url: string, page: object][] = [
      ['page=1', { limit: 20, skip: 0, page: 1 }],
      ['page=3&page_size=10', { limit: 10, skip: 20, page: 3 }],
      ['page_size=10', { limit: 10, skip: 0, page: 1 }],
      ['page=2&page_size=1000', { limit: 40, skip: 40, page: 2 }]
    ]
    for (const [url, page] of pages)
      it(url, () => assert.deepEqual(parsed(url), meant({ where: {}, ...page })))
    it('beyond what a number holds is still a page', () =>
      assert.ok(Number.isSafeInteger(parse('page=999999999999999&page_size=40').skip)))
  })

  describe('refuses', () => {
    for (const [url, code, field, message] of REFUSED)
      it(url.slice(0, 40), () => {
        const found = refusal(() => parse(url))
        assert.deepEqual({ code: found.code, field: found.field ?? '' }, { code, field })
        if (message) assert.match(found.message, message)
      })

    it('what every object inherits', () => {
      for (const name of ['constructor', '__proto__', 'toString'])
        assert.equal(refusal(() => parseQuery(products, JSON.parse(`{"${name}": 1}`))).code, BAD)
    })

    it('what is nested too deep, and too many terms', () => {
      const deep = (depth: number): object => (depth === 0 ? { stock: 1 } : { $or: [deep(depth - 1)] })
      assert.ok(parseQuery(products, deep(5) as never, boss))
      assert.equal(refusal(() => parseQuery(products, deep(6) as never, boss)).code, BAD)
      const many = (count: number) => ({ $or: Array.from({ length: count }, () => ({ stock: 1 })) })
      assert.ok(parseQuery(products, many(99), boss))
      assert.equal(refusal(() => parseQuery(products, many(100), boss)).code, BAD)
    })
  })

  describe('of somebody who may not read a field', () => {
    const urls = ['cost=1', 'cost[$gt]=1', 'min_cost=1', 'sort=cost', 'fields=cost', '$or[0][cost]=1', '$and[0][$or][0][max_cost]=1'] // prettier-ignore
    for (const url of urls) {
      it(`${url} is refused`, () => {
        const { code, field } = refusal(() => parse(url, guest))
        assert.deepEqual({ code, field }, { code: 'FORBIDDEN', field: 'cost' })
      })
      it(`${url} is answered to who may`, () => assert.ok(parse(url, boss)))
    }
    it('nothing hints at its name', () =>
      assert.doesNotMatch(refusal(() => parse('cots=1', guest)).message, /mean cost/))
  })

  describe('of related records', () => {
    const matched = (url: string, reader: typeof boss) => {
      const { of, resource: table, by: column, where: query } = parse(url, reader).where as ThroughRelation
      assert.equal(of.name, 'maker_id')
      return { table, column, query }
    }
    it('asks among those that the reader may read', () => {
      assert.deepEqual(matched('maker.region=W', guest), {
        table: 'makers', column: 'id', query: queried({ $and: [{ is_open: true }, { region: 'W' }] }, typesOf(makers.fields))
      }) // prettier-ignore
      assert.deepEqual(matched('maker.region=W', boss).query, queried({ $and: [{}, { region: 'W' }] }))
    })
    it('knows no fields of theirs that are none', () => {
      assert.equal(refusal(() => parse('maker.nonsense=1')).code, BAD)
      assert.equal(refusal(() => parse('maker=1')).code, BAD)
    })
    it('has no search where none is declared', () => {
      const found = refusal(() => parseQuery(makers, { search: 'x' }, boss))
      assert.deepEqual(found, { code: BAD, field: '$search', message: 'makers has no full-text search' })
    })
    it('includes them, as far as the reader may', () => {
      const [maker] = parse('include=maker,maker.products', guest).include!
      assert.equal(maker!.relation.target, makers)
      assert.deepEqual(maker!.restrict, queried({ is_open: true }, typesOf(makers.fields)))
      assert.deepEqual(maker!.includes.map(({ relation }) => relation.name), ['products']) // prettier-ignore
      assert.ok(!maker!.includes[0]!.columns.includes('cost'))
    })
  })

  it('knows the operators of each type', () => {
    const operators = (name: string) => operatorsFor(products.fields.get(name)!).join(' ')
    const ordered = '$ne $in $nin $lt $lte $gt $gte'
    assert.deepEqual(['price', 'cost', 'name', 'note', 'status', 'is_open', 'ref', 'at', 'tags', 'data', 'extra'].map(operators), [
      ordered, `${ordered} $null`, `${ordered} $ilike`, `${ordered} $ilike $null`, '$ne $in $nin', '$ne $in $nin', '$ne $in $nin',
      ordered, '$contains', '', '$null'
    ]) // prettier-ignore
  })
})
