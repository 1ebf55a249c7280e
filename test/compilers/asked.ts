import qs from 'qs'
import { lowerAll } from '../../packages/rachis/src/model/lower'
import type { Model } from '../../packages/rachis/src/model/model'
import { parseQuery, readerOf } from '../../packages/rachis/src/query/query'
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
import type { Terms } from '../../packages/rachis/src/declare'
import { declared } from './declared'
import { queried, typesOf, unordered } from './predicates'

export const admin = role('admin')
export const [products, makers] = lowerAll([
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

export const guest = readerOf(null)
export const boss = readerOf({ id: 1, role: 'admin' })
/** A query as it comes out of a URL, and as REST hands it on. */
export const parse = (url: string, reader = boss) =>
  parseQuery(products, qs.parse(url, { arrayLimit: 2000, depth: 10, allowDots: false }) as never, reader)
export const parsed = (url: string) => {
  const query = JSON.parse(JSON.stringify(parse(url)))
  return { ...query, where: unordered(query.where) }
}

/** What is expected, with the filters as the predicate that they mean. */
export const meant = (query: object) => ({
  ...query,
  where: unordered(queried((query as { where: Terms }).where, typesOf(products.fields)))
})
