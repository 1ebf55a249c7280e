import type { ColumnTypeInfo } from './column-type'
import { isWhole, readWhole } from './shared/numbers'

const INT64 = 'int64'
/** Beyond it the numbers of JSON are not exact. */
const RANGE = { minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER }

/** A whole number of 64 bits, of which JSON carries 53 exactly; ids and references to them. */
export const BIGINT = {
  name: 'bigint',
  graphql: 'SafeInt',
  operand: { type: 'integer', format: INT64 },
  documentedFormat: INT64,
  shape: 'scalar',
  order: 'everywhere',
  index: 'btree',
  range: RANGE,
  isNumber: true,
  id: { schema: { type: 'integer', minimum: 1, maximum: Number.MAX_SAFE_INTEGER, column: 'bigint' } },
  query: { words: 'a whole number', read: readWhole(RANGE) },
  declared: { words: 'a whole number', accepts: (value) => isWhole(value, RANGE) },
  // Ids count up from 1: they leave the exact range of a JavaScript number after 2⁵³ of them.
  driver: { oid: 20, parse: Number },
  jsonText: (column) => `${column}::text`
} as const satisfies ColumnTypeInfo
