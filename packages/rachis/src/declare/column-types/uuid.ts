import type { ColumnTypeInfo } from './column-type'

const PATTERN = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

const read = (value: unknown): string | undefined =>
  typeof value === 'string' && PATTERN.test(value) ? value.toLowerCase() : undefined

/** A UUID, which rows have in lower case. */
export const UUID = {
  name: 'uuid',
  graphql: 'UUID',
  format: 'uuid',
  operand: { type: 'string', format: 'uuid' },
  shape: 'scalar',
  order: 'sort-only',
  index: 'btree',
  id: { schema: { type: 'string', format: 'uuid' }, default: 'uuid_v7()' },
  query: { words: 'a UUID', read },
  declared: {
    words: 'a UUID in lower case',
    accepts: (value) => typeof value === 'string' && read(value) === value
  },
  jsonText: (column) => `'"' || ${column} || '"'`
} as const satisfies ColumnTypeInfo
