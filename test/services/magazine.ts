import {
  anyone,
  asParent,
  belongsTo,
  boolean,
  defineResource,
  integer,
  json,
  nullable,
  text,
  timestamp,
  Type,
  withDefault
} from '../../packages/rachis/src/declare'
import type { AnyResource } from '../../packages/rachis/src/declare'

const open = { read: anyone, create: anyone, update: anyone, remove: anyone }

/** People with fields of many types, whom articles and replies name. */
export const readers = defineResource('readers', {
  id: 'uuid',
  fields: {
    name: text({ maxLength: 100 }),
    email: nullable(text({ maxLength: 100 })),
    age: integer(),
    is_active: withDefault(boolean(), true),
    joined_at: timestamp(),
    details: nullable(json()),
    removed_at: nullable(timestamp())
  },
  access: open
})

export const articles = defineResource('articles', {
  id: 'uuid',
  fields: {
    reader_id: Type.String({ format: 'uuid' }),
    title: text({ maxLength: 100 }),
    content: nullable(text()),
    views: withDefault(integer(), 0),
    // Numbers beyond 2⁵³ are no numbers of JSON.
    all_views: withDefault(text({ maxLength: 30 }), '0'),
    published_at: nullable(timestamp()),
    removed_at: nullable(timestamp())
  },
  access: open
})

export const replies = defineResource('replies', {
  id: 'uuid',
  fields: {
    article_id: Type.String({ format: 'uuid' }),
    reader_id: Type.String({ format: 'uuid' }),
    text: text(),
    written_at: timestamp(),
    removed_at: nullable(timestamp())
  },
  access: open
})

/** Letters come into sight and go with their circle. */
const circles = defineResource('circles', {
  fields: { is_open: boolean() },
  access: { read: { is_open: true }, create: anyone, update: anyone, remove: anyone }
})
export const letters = defineResource('letters', {
  fields: { circle_id: belongsTo('circles' as never, { on_delete: 'cascade' }), title: text() },
  access: { read: { circle_id: asParent }, create: anyone }
})

export const MAGAZINE: readonly AnyResource[] = [readers, articles, replies, circles, letters]
