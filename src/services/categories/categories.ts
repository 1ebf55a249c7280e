import {
  anyone,
  belongsTo,
  boolean,
  defineResource,
  integer,
  json,
  lower,
  nullable,
  role,
  text,
  Type,
  unique,
  withDefault
} from 'rachis'
import type { ServiceOf } from 'rachis'
import { branches, readTree, refuseCircle } from './tree'

const admin = role('admin')

export const categories = defineResource('categories', {
  description: 'The tree that products hang in',
  cache: { public: 60 },
  fields: {
    name: text({ minLength: 1, maxLength: 100, examples: ['Green tea'] }),
    description: nullable(text()),
    slug: unique(
      lower(text({ pattern: '^[A-Za-z0-9]+(-[A-Za-z0-9]+)*$', maxLength: 100, examples: ['green-tea'] }))
    ),
    parent_id: nullable(belongsTo('categories', { on_delete: 'restrict' })),
    is_active: withDefault(boolean(), true),
    sort_order: withDefault(integer(), 0),
    metadata: withDefault(json(), {})
  },
  relations: { parent: { one: 'parent_id' }, children: { many: 'categories', by: 'parent_id' } },
  access: { read: [{ is_active: true }, admin], create: admin, update: admin, remove: admin },
  indexes: ['parent_id', 'sort_order'],
  reports: {
    tree: {
      summary:
        'The categories as they hang together, without those that are switched off and what hangs below them; a hundred levels of it',
      input: Type.Object({}, { additionalProperties: false }),
      output: branches,
      access: anyone,
      run: readTree
    }
  },
  hooks: { before: { update: [refuseCircle], patch: [refuseCircle] } }
})

declare module 'rachis' {
  interface ServiceTypes {
    categories: ServiceOf<typeof categories>
  }
}
