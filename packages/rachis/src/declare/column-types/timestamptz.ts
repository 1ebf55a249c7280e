import type { ColumnTypeInfo } from './column-type'

/** An instant to the millisecond: JavaScript keeps no microseconds. */
export const TIMESTAMPTZ = {
  name: 'timestamptz(3)',
  operandCast: 'timestamptz',
  graphql: 'DateTime',
  format: 'date-time',
  operand: { type: 'string', format: 'date-time' },
  shape: 'scalar',
  order: 'everywhere',
  index: 'btree',
  isInstant: true,
  isMeasure: true
} as const satisfies ColumnTypeInfo
