import assert from 'node:assert/strict'
import { operatorsFor, parseQuery } from '../../packages/rachis/src/query/query'
import type { ThroughRelation } from '../../packages/rachis/src/declare/predicate'
import { refusal } from './declared'
import { queried, typesOf } from './predicates'
import { boss, guest, makers, meant, parse, parsed, products } from './asked'

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
