import type { ColumnType } from '../declare'
import type { Unit } from '../declare/column-types'
import { typeInfo } from '../declare/column-types'
import type { Masks, RowPredicate } from '../declare/predicate'
import { quote } from '../util/quote'
import type { Sort } from './order-by'
import { pageEnd, shownValue } from './order-by'
import type { Target } from './target'
import type { Statement } from './where'
import { Binder, where } from './where'

/** What can be computed of the records of a group. */
export const FUNCTIONS = ['count', 'sum', 'avg', 'min', 'max'] as const
export type AggregateFunction = (typeof FUNCTIONS)[number]

interface GroupColumn {
  /** Its name in the statement. Those that clients use may be longer than PostgreSQL's. */
  readonly alias: string
  /** Of its values. */
  readonly type: ColumnType
  /** The declared words that its values are, in their order. */
  readonly words?: readonly string[]
}
/** A column that groups are made by, or the part of the calendar that its value lies in. */
export interface GroupKey extends GroupColumn {
  readonly column: string
  readonly unit?: Unit
}
/** A value of a group. */
export interface GroupValue extends GroupColumn {
  readonly function: AggregateFunction
  /** Undefined where the records themselves are counted. */
  readonly column?: string
}

/** What is computed of which records. */
export interface Grouping {
  readonly where: RowPredicate
  readonly keys: readonly GroupKey[]
  /** At least one. */
  readonly values: readonly GroupValue[]
  /** The name of the time zone of the calendar. */
  readonly zone: string
  /** Which groups are meant; its columns are aliases. */
  readonly having: RowPredicate
  /** By aliases. */
  readonly sort: Sort
  readonly limit: number
  readonly skip: number
  /** Columns that are hidden in some records: those have no value there. */
  readonly masks?: Masks
}

/** The name under which a row has the value of a column. An own one, since `order by` would take it for the column. */
export const readName = (alias: string): string => `$${alias}`
/** The column that has the number of all groups. */
export const TOTAL = '$total'

const keySql = ({ column, unit }: GroupKey, { types }: Target, zone: string, binder: Binder): string => {
  const buckets = unit && typeInfo(types.get(column)).buckets
  return buckets ? buckets.begin(quote(column), unit, () => `${binder.bind(zone)}::text`) : quote(column)
}

/** The least of declared words is the one that is declared first. */
const extremeSql = ({ function: name, words }: GroupValue, value: string, binder: Binder): string => {
  if (!words) return `${name}(${value})`
  const bound = `${binder.bind(words)}::text[]`

  return `(${bound})[${name}(array_position(${bound}, ${value}))]`
}

const valueSql = (value: GroupValue, { types }: Target, masks: Masks | undefined, binder: Binder): string => {
  const { function: name, column } = value
  if (column === undefined) return 'count(*)'
  const shown = shownValue(column, masks, binder)
  if (name === 'min' || name === 'max') return extremeSql(value, shown, binder)
  if (name === 'count') return `count(${shown})`

  return `${name}(${typeInfo(types.get(column)).decimal?.(shown) ?? shown})`
}

const groupsSql = (target: Target, grouping: Grouping, binder: Binder): string => {
  const { keys, values, zone, masks } = grouping
  const columns = [
    ...keys.map((key) => `${keySql(key, target, zone, binder)} as ${quote(key.alias)}`),
    ...values.map((value) => `${valueSql(value, target, masks, binder)} as ${quote(value.alias)}`)
  ]
  const rows = `select ${columns.join(', ')} from ${quote(target.table)}${where(grouping.where, binder)}`

  return keys.length === 0 ? rows : `${rows} group by ${keys.map((_, index) => index + 1).join(', ')}`
}

const fromGroups = (target: Target, grouping: Grouping, binder: Binder): string =>
  ` from (${groupsSql(target, grouping, binder)}) as "$groups"${where(grouping.having, binder)}`

/** Sums and averages as their digits: the driver would make numbers of them that have fewer. */
const readSql = (column: GroupKey | GroupValue): string => {
  const name = quote(column.alias)
  const isDecimal = 'function' in column && (column.function === 'sum' || column.function === 'avg')

  return `${isDecimal ? `trim_scale(${name}::numeric)::text` : name} as ${quote(readName(column.alias))}`
}

/** The groups as a table, so that they are sorted and cut into pages as records are. */
const groupsTarget = ({ keys, values }: Grouping): Target => {
  const columns = [...keys, ...values]

  return {
    table: '$groups',
    id: (keys.at(-1) ?? values[0]!).alias,
    types: new Map(columns.map(({ alias, type }) => [alias, type])),
    enums: new Map(columns.flatMap(({ alias, words }) => (words ? [[alias, words]] : []))),
    columns: []
  }
}

/** No two groups have the same keys: behind what is asked for these decide. */
const wholeSort = ({ sort, keys }: Grouping): Sort => ({
  ...sort,
  ...Object.fromEntries(keys.filter(({ alias }) => !(alias in sort)).map(({ alias }) => [alias, 1 as const]))
})

/**
 * A page of groups. Each row has the number of all of them as well.
 *
 * @example
 * selectGroups(invoices, { keys: [status], values: [sumOfTotal], where: TRUE, having: TRUE, sort: {}, zone: 'UTC', limit: 10, skip: 0 }).text
 * // select "k0" as "$k0", trim_scale("v0"::numeric)::text as "$v0", count(*) over () as "$total"
 * // from (select "status" as "k0", sum("total") as "v0" from "invoices" group by 1) as "$groups" order by "k0" limit $1
 */
export const selectGroups = (target: Target, grouping: Grouping): Statement => {
  const binder = new Binder()
  const columns = [...grouping.keys, ...grouping.values].map(readSql).join(', ')
  const from = fromGroups(target, grouping, binder)
  const end = pageEnd(groupsTarget(grouping), { ...grouping, sort: wholeSort(grouping), masks: undefined }, binder)

  return { text: `select ${columns}, count(*) over () as "${TOTAL}"${from}${end}`, values: binder.values }
} // prettier-ignore

/** How many groups there are. */
export const countGroups = (target: Target, grouping: Grouping): Statement => {
  const binder = new Binder()
  return {
    text: `select count(*) as "${TOTAL}"${fromGroups(target, grouping, binder)}`,
    values: binder.values
  }
}
