import type { ColumnTypeInfo } from './column-type'

/** An amount with two decimals: exact in the database, a JSON number on the wire. */
export const NUMERIC = {
  name: 'numeric(12,2)',
  operandCast: 'numeric',
  graphql: 'Float',
  operand: { type: 'number' },
  shape: 'scalar',
  order: 'everywhere',
  index: 'btree',
  isNumber: true,
  isMeasure: true
} as const satisfies ColumnTypeInfo
