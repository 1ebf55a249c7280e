import { literal } from '../../util/quote'
import type { ColumnTypeInfo } from './column-type'
import { isObject } from '../../util/is-object'

/**
 * PostgreSQL's text of an object has spaces, digits and an order of keys of its own: whoever reads it spells it anew. It stands between
 * two characters that no text of JSON holds.
 */
const respelled = (column: string): string => `chr(1) || ${column} || chr(1)`

/** Any JSON object or list. A query asks for what stands at a path of it; its order is none that a query could use. */
export const JSONB = {
  name: 'jsonb',
  graphql: 'JSON',
  describes: ({ type, items }) => type === 'object' || (type === 'array' && items?.type !== 'string'),
  operand: { type: 'string' },
  shape: 'object',
  order: 'none',
  index: 'none',
  declared: {
    words: 'the JSON that the field holds',
    accepts: (value, { value: { type } }) => (type === 'array' ? Array.isArray(value) : isObject(value))
  },
  defaultSql: (value) => `${literal(JSON.stringify(value))}::jsonb`,
  // The driver would write a list as an array of PostgreSQL.
  encode: (value) => JSON.stringify(value),
  jsonText: respelled
} as const satisfies ColumnTypeInfo
