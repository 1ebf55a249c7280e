import type { ColumnTypeInfo, FieldTraits } from './column-type'
import { readNumber } from './shared/numbers'
import { boundsSql } from './shared/sql'

/** Ten digits stand before the point. */
const LIMIT = 1e10

const isWholeCents = ({ value: { multipleOf } }: FieldTraits) => {
  const cents = Number(multipleOf) * 100
  return Math.abs(cents - Math.round(cents)) < 1e-9 && cents > 0.5
}

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
  isMeasure: true,
  query: { words: 'a number', read: readNumber },
  declared: {
    words: 'an amount',
    accepts: (value) => Number.isFinite(value) && Math.abs(value as number) < LIMIT
  },
  // PostgreSQL would round what the validator lets pass.
  misdeclared: (field) =>
    isWholeCents(field)
      ? undefined
      : {
          what: `${field.name} is a multiple of ${String(field.value.multipleOf)}, and its column keeps two decimals`,
          hint: `write multipleOf: 0.01, or a multiple of it, for ${field.name}`
        },
  conditions: (column, { value }) => boundsSql(column, value),
  rounds: (value) => Number(value.toFixed(2)) !== value,
  driver: { oid: 1700, parse: Number },
  // JSON has no NaN, which SQL by hand may write.
  jsonText: (column) => `trim_scale(nullif(${column}, 'NaN'))::text`
} as const satisfies ColumnTypeInfo
