import type { ColumnTypeInfo } from './column-type'

/** Any JSON object or list. A query asks for what stands at a path of it; its order is none that a query could use. */
export const JSONB = {
  name: 'jsonb',
  graphql: 'JSON',
  describes: ({ type, items }) => type === 'object' || (type === 'array' && items?.type !== 'string'),
  operand: { type: 'string' },
  shape: 'object',
  order: 'none',
  index: 'none'
} as const satisfies ColumnTypeInfo
