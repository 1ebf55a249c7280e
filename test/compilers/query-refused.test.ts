import assert from 'node:assert/strict'
import { parseQuery } from '../../packages/rachis/src/query/query'
import { refusal } from './declared'
import { boss, guest, parse, products } from './asked'

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
  ['sort=-', BAD, '$sort', /names no field/],
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
      assert.ok(parseQuery(products, many(100), boss))
      assert.equal(refusal(() => parseQuery(products, many(101), boss)).code, BAD)
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
})
