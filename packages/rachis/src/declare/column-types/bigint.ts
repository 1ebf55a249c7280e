import type { ColumnTypeInfo } from './column-type'

const INT64 = 'int64'

/** A whole number of 64 bits, of which JSON carries 53 exactly; ids and references to them. */
export const BIGINT = {
  name: 'bigint',
  graphql: 'SafeInt',
  operand: { type: 'integer', format: INT64 },
  documentedFormat: INT64,
  shape: 'scalar',
  order: 'everywhere',
  index: 'btree',
  range: { minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER },
  isNumber: true,
  id: { schema: { type: 'integer', minimum: 1, maximum: Number.MAX_SAFE_INTEGER, column: 'bigint' } }
} as const satisfies ColumnTypeInfo
