import type { ColumnTypeInfo } from './column-type'

/** A day of the calendar, without a time and without a zone. */
export const DATE = {
  name: 'date',
  graphql: 'Date',
  format: 'date',
  operand: { type: 'string', format: 'date' },
  shape: 'scalar',
  order: 'everywhere',
  index: 'btree',
  isMeasure: true
} as const satisfies ColumnTypeInfo
