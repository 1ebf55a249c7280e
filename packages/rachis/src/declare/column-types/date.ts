import type { ColumnTypeInfo } from './column-type'
import { UNITS } from './column-type'
import { isDay } from './shared/instants'

/** A day of the calendar, without a time and without a zone. */
export const DATE = {
  name: 'date',
  graphql: 'Date',
  format: 'date',
  operand: { type: 'string', format: 'date' },
  shape: 'scalar',
  order: 'everywhere',
  index: 'btree',
  isMeasure: true,
  // A day is one in every time zone.
  buckets: {
    units: UNITS.filter((unit) => unit !== 'hour'),
    begin: (value, unit) => `date_trunc('${unit}', (${value})::timestamp)::date`
  },
  query: { words: 'a date such as 2026-01-31', read: (value) => (isDay(value) ? value : undefined) },
  declared: { words: "a date such as '2026-01-31'", accepts: isDay },
  // The driver would make midnight of this machine's zone of it.
  driver: { oid: 1082, parse: (text) => text },
  jsonText: (column) => `'"' || ${column} || '"'`
} as const satisfies ColumnTypeInfo
