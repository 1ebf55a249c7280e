import type { ColumnTypeInfo } from './column-type'
import { readNumber } from './shared/numbers'
import { boundsSql } from './shared/sql'

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
  isMeasure: true,
  query: { words: 'a number', read: readNumber },
  declared: { words: 'a number', accepts: Number.isFinite },
  conditions: (column, { value }) => boundsSql(column, value),
  // Infinity and NaN, which SQL by hand may write, are texts in PostgreSQL's JSON, and null in that of a read.
  fromJson: (value) => (typeof value === 'number' ? value : null)
} as const satisfies ColumnTypeInfo
