import { parse } from 'csv-parse/sync'
import { $user, anyone, authenticated, belongsTo, boolean, defineResource, integer, json, money, nullable, owner, role, text, textArray, timestamp, Type, unique, withDefault } from '../../packages/rachis/src/declare' // prettier-ignore
import type { AnyResource } from '../../packages/rachis/src/declare'

const mine = { user_id: $user.id }

/** Fields of every type, with those that their owner alone reads, and that managers alone read and write. */
export const entries = defineResource('entries', {
  fields: {
    code: unique(text({ minLength: 1, maxLength: 40 })),
    title: text({ maxLength: 500 }),
    note: nullable(text({ maxLength: 500 })),
    amount: nullable(money({ minimum: -1e6, maximum: 1e6 })),
    ratio: nullable(Type.Number()),
    rank: withDefault(integer({ minimum: -1000, maximum: 1000 }), 7),
    is_open: withDefault(boolean(), true),
    day: nullable(Type.String({ format: 'date' })),
    due: nullable(timestamp()),
    ref: nullable(Type.String({ format: 'uuid' })),
    tags: nullable(textArray()),
    data: nullable(json()),
    secret: nullable(text({ maxLength: 40 })),
    own: nullable(text({ maxLength: 40 })),
    user_id: owner('users')
  },
  access: {
    read: [{ is_open: true }, mine, role('admin', 'manager')],
    create: authenticated,
    update: [mine, role('admin')],
    remove: role('admin'),
    fields: {
      secret: { read: role('admin', 'manager'), write: role('admin', 'manager') },
      own: { read: [mine, role('admin')] }
    }
  }
})

/** Without anything that depends on the record. */
export const words = defineResource('words', {
  fields: { ...entries.spec.fields, entry_id: nullable(belongsTo('entries' as never)) },
  relations: { entry: { one: 'entry_id' } },
  access: { read: anyone, create: authenticated, update: authenticated, remove: role('admin') }
} as never)

export const RESOURCES = [entries, words] as unknown as AnyResource[]

/** The cells of a CSV by the names of their columns, as a library for it reads them. */
export const cellsOf = (csv: string) => parse(csv, { columns: true }) as Record<string, string>[]

export const recordsOf = (ndjson: string): Record<string, unknown>[] =>
  ndjson
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
