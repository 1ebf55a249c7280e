import type { ColumnTypeInfo } from './column-type'
import { UNITS } from './column-type'
import { instantOf } from './shared/instants'

/** `2026-01-31 12:00:00.5+00` → `2026-01-31T12:00:00.500Z`. The session runs in UTC. Cheaper than by way of a Date. */
const parse = (text: string): string => {
  const at = text.lastIndexOf('+')
  const [seconds, fraction = ''] = text.slice(0, at === -1 ? undefined : at).split('.') as [string, string?]

  return `${seconds.replace(' ', 'T')}.${fraction.padEnd(3, '0')}Z`
}

/** PostgreSQL's JSON writes times with their offset, and as few digits as do. What is no time in JavaScript, as infinity, stays. */
const fromJson = (value: unknown) => {
  if (typeof value !== 'string') return null
  const time = new Date(value)

  return Number.isNaN(time.getTime()) ? value : time.toISOString()
}

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
  isMeasure: true,
  buckets: { units: UNITS, begin: (value, unit, zone) => `date_trunc('${unit}', ${value}, ${zone()})` },
  query: { words: 'a time such as 2026-01-31T12:00:00Z', read: instantOf },
  declared: {
    words: "a time such as '2026-01-31T12:00:00Z'",
    accepts: (value) => instantOf(value) !== undefined
  },
  // RFC 3339 has four digits for the year, and no infinity.
  conditions: (column) => [`${column} >= '0001-01-01Z' and ${column} < '10000-01-01Z'`],
  canonical: (value) => instantOf(value) ?? value,
  driver: { oid: 1184, parse },
  // The session runs in UTC.
  jsonText: (column) => `to_char(${column}, '\\"YYYY-MM-DD"T"HH24:MI:SS.MS"Z"\\"')`,
  fromJson
} as const satisfies ColumnTypeInfo
