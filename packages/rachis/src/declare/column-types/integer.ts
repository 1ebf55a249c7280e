import type { ColumnTypeInfo } from './column-type'

/** A whole number of 32 bits. */
export const INTEGER = {
  name: 'integer',
  operandCast: 'bigint',
  graphql: 'Int',
  describes: ({ type }) => type === 'integer',
  operand: { type: 'integer' },
  shape: 'scalar',
  order: 'everywhere',
  index: 'btree',
  range: { minimum: -2147483648, maximum: 2147483647 },
  isNumber: true,
  isMeasure: true
} as const satisfies ColumnTypeInfo
