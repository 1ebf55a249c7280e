import { quote } from '../../util/quote'

/** How values of one type become values of another. */
interface Cast {
  readonly sql: (column: string) => string
  /** Whether each value is still told by the new one. */
  readonly isExact: boolean
}

const to =
  (type: string): Cast['sql'] =>
  (column) =>
    `${column}::${type}`
const exact = (type: string): Cast => ({ sql: to(type), isExact: true })
const lossy = (type: string): Cast => ({ sql: to(type), isExact: false })

const NUMBERS = ['integer', 'bigint', 'numeric(12,2)', 'double precision'] as const
/** To which each type of numbers goes without a digit lost. */
const WIDER: Readonly<Record<string, readonly string[]>> = {
  integer: ['bigint', 'numeric(12,2)', 'double precision'],
  'numeric(12,2)': ['double precision']
}
const numbers = (from: string): [string, Cast][] =>
  NUMBERS.filter((type) => type !== from).map((type) => [
    type,
    WIDER[from]?.includes(type) ? exact(type) : lossy(type)
  ])

const CASTS: Readonly<Record<string, Readonly<Record<string, Cast>>>> = {
  ...Object.fromEntries(
    NUMBERS.map((from) => [from, { ...Object.fromEntries(numbers(from)), text: exact('text') }])
  ),
  boolean: { text: exact('text'), integer: exact('integer') },
  uuid: { text: exact('text') },
  date: {
    text: exact('text'),
    // A date alone means its midnight, UTC, as in queries.
    'timestamptz(3)': { sql: (column) => `${column}::timestamp at time zone 'UTC'`, isExact: true }
  },
  'timestamptz(3)': {
    text: { sql: (column) => `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`, isExact: true },
    date: { sql: (column) => `(${column} at time zone 'UTC')::date`, isExact: false }
  },
  integer: { ...Object.fromEntries(numbers('integer')), text: exact('text'), boolean: lossy('boolean') },
  text: Object.fromEntries([...NUMBERS, 'boolean', 'uuid', 'date', 'timestamptz(3)'].map((type) => [type, lossy(type)]))
} // prettier-ignore

/**
 * How a column's values are converted; undefined where PostgreSQL has no way of its own. Each way has one back.
 *
 * @example castOf('integer', 'bigint')?.isExact // true
 */
export const castOf = (from: string, type: string): Cast | undefined => CASTS[from]?.[type]

/** Another type of a column, its values converted. */
export const typeSql = (name: string, from: string, type: string): string =>
  `alter ${quote(name)} type ${type}${usingSql(castOf(from, type)?.sql(quote(name)))}`
const usingSql = (sql: string | undefined) => (sql === undefined ? '' : ` using ${sql}`)
