import type { ColumnTypeInfo } from './column-type'
import { readNumber } from './shared/numbers'
import { boundsSql } from './shared/sql'

/**
 * Both write the fewest digits that read as the same number; PostgreSQL turns to exponents earlier, and writes them with two digits. A
 * decimal takes the exponent out again. Neither NaN nor an infinity is JSON, and -0 is 0 there.
 */
const jsonText = (column: string): string => {
  const size = `abs(${column})`
  const decimal = `${column}::text::numeric::text`

  return (
    `case when ${column} = 0 then '0' when ${size} >= 1e-4 and ${size} < 1e15 then ${column}::text ` +
    `when ${size} >= 1e-6 and ${size} < 1e21 then ${decimal} ` +
    `when ${size} < 'infinity' then replace(${column}::text, 'e-0', 'e-') end`
  )
}

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
  // By its text: a cast would round to 15 digits.
  decimal: (value) => `(${value})::text::numeric`,
  query: { words: 'a number', read: readNumber },
  declared: { words: 'a number', accepts: Number.isFinite },
  conditions: (column, { value }) => boundsSql(column, value),
  // Infinity and NaN, which SQL by hand may write, are texts in PostgreSQL's JSON, and null in that of a read.
  fromJson: (value) => (typeof value === 'number' ? value : null),
  jsonText
} as const satisfies ColumnTypeInfo
