import {
  $user,
  anyone,
  authenticated,
  belongsTo,
  defineResource,
  integer,
  nullable,
  owner,
  role,
  text,
  Type,
  withDefault
} from '../../packages/rachis/src/declare'
import type { AnyResource } from '../../packages/rachis/src/declare'

const admin = role('admin')
const own = [{ user_id: $user.id }, admin]
/** Version 1 has prices with decimals, made from cents; what it takes for one is each resource's own. */
const PRICE = {
  from: 'price_cents',
  schema: Type.Number({ minimum: 0 }),
  answer: (cents: number) => cents / 100
} as const

/** In version 1 an article had a name, a price with decimals, one text for its author, and neither subtitle nor secret. */
const articles = defineResource('articles', {
  fields: {
    title: text({ minLength: 2, maxLength: 40 }),
    subtitle: nullable(text({ maxLength: 40 })),
    price_cents: integer({ minimum: 0 }),
    first_name: text({ maxLength: 20 }),
    last_name: text({ maxLength: 20 }),
    secret_cents: nullable(integer()),
    user_id: owner('users')
  },
  access: {
    read: anyone,
    create: authenticated,
    update: own,
    remove: own,
    fields: { secret_cents: { read: own, write: own } }
  },
  relations: { comments: { many: 'comments', by: 'article_id' } },
  indexes: ['title', 'price_cents'],
  audited: { days: 30 },
  bulk: { update: 10 },
  cache: { server: 60 },
  versions: {
    1: {
      fields: {
        name: { from: 'title' },
        price: {
          ...PRICE,
          request: (price: unknown) => (typeof price === 'number' ? Math.round(price * 100) : price)
        },
        author: {
          from: ['first_name', 'last_name'],
          schema: Type.String({ maxLength: 41 }),
          answer: (first: string, last: string) => `${first} ${last}`,
          request: (author: unknown) => {
            const [first_name = '', ...rest] = String(author).split(' ')
            return { first_name, last_name: rest.join(' ') }
          }
        },
        secret: { from: 'secret_cents' }
      },
      without: ['subtitle']
    }
  }
})

/** The same in both versions; what they are about is not. */
const comments = defineResource('comments', {
  fields: { line: text({ maxLength: 40 }), article_id: belongsTo('articles') },
  access: { read: anyone, create: authenticated },
  relations: { article: { one: 'article_id' } }
})

/** Version 1 had another name, and neither `copies` nor `paper`, which cannot be left out now. */
const leaflets = defineResource('leaflets', {
  fields: { title: text(), paper: text(), copies: withDefault(integer(), 100), note: nullable(text()) },
  access: { read: anyone, create: authenticated, update: authenticated },
  versions: { 1: { fields: { heading: { from: 'title' } }, without: ['paper', 'copies'] } }
})

/** As docs/versions.md has it, by functions that trust their schemas. A record of version 1 has no size. */
const books = defineResource('books', {
  fields: {
    title: text(),
    price_cents: integer(),
    first_name: text(),
    last_name: text(),
    code: integer({ minimum: 10 }),
    size: integer({ minimum: 1 })
  },
  access: { read: authenticated, create: authenticated, update: authenticated, remove: authenticated },
  bulk: { update: 10, remove: 10 },
  versioned: true,
  versions: {
    1: {
      fields: {
        name: { from: 'title' },
        price: {
          ...PRICE,
          request: (price: number) => Math.round(price * 100)
        },
        author: {
          from: ['first_name', 'last_name'],
          schema: Type.String(),
          answer: (first: string, last: string) => `${first} ${last}`,
          request: (author: string) => ({
            first_name: author.split(' ')[0],
            last_name: author.split(' ')[1]
          })
        },
        mark: {
          from: 'code',
          schema: Type.Object({ of: Type.Integer() }),
          answer: (code: number) => ({ of: code }),
          request: ({ of }: { of: number }) => {
            if (of === 13) throw new Error('Nobody has this one')
            return of
          }
        }
      }
    }
  }
})

export const RESOURCES = [articles, comments, leaflets, books] as unknown as AnyResource[]
export const VERSIONS = {
  current: 2,
  older: {
    1: { deprecated: '2026-06-30', sunset: '2027-06-30T12:00:00Z', documentation: 'https://example.com/v1' }
  }
}

declare module '../../packages/rachis/src/declare/declarations' {
  interface ServiceTypes {
    articles: object
    comments: object
    leaflets: object
    books: object
  }
}
