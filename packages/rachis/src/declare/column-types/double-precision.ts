import type { ColumnTypeInfo } from './column-type'

/** A number as JavaScript and JSON have it. */
export const DOUBLE_PRECISION = {
  name: 'double precision',
  graphql: 'Float',
  describes: ({ type }) => type === 'number',
  operand: { type: 'number' },
  shape: 'scalar',
  order: 'everywhere',
  index: 'btree',
  isNumber: true,
  isMeasure: true
} as const satisfies ColumnTypeInfo
