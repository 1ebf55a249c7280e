import { literal } from '../../util/quote'
import type { ColumnTypeInfo } from './column-type'

const isObject = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value)

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
  encode: (value) => JSON.stringify(value)
} as const satisfies ColumnTypeInfo
