import type { ColumnTypeInfo } from './column-type'
import { isWhole, readWhole } from './shared/numbers'
import { boundsSql } from './shared/sql'

const RANGE = { minimum: -2147483648, maximum: 2147483647 }

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
  range: RANGE,
  isNumber: true,
  isMeasure: true,
  query: { words: 'a whole number', read: readWhole(RANGE) },
  declared: { words: 'a whole number of 32 bits', accepts: (value) => isWhole(value, RANGE) },
  // PostgreSQL refuses what the validator would let pass.
  misdeclared: ({ name, value: { minimum, maximum } }) =>
    maximum > RANGE.maximum || minimum < RANGE.minimum
      ? {
          what: `${name} may be larger than its column, an integer of 32 bits`,
          hint: `write Type.Integer({ column: 'bigint', … }) for ${name}, or narrower bounds`
        }
      : undefined,
  conditions: (column, { value }) => boundsSql(column, value, RANGE),
  jsonText: (column) => `${column}::text`
} as const satisfies ColumnTypeInfo
