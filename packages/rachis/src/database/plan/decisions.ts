import type { Constraint, Table, TableColumn } from '../../model/table'
import { added, changed, removed } from '../table-difference'
import { castOf } from './casts'
import { isRetyped } from './columns'
import { exampleOf, shellWord } from './example'
import { isForeign } from './sql'
import { isNarrower } from './narrowing'
import type { Refusal } from './step'

/** Names, such as a set has them. */
interface Names {
  has(name: string): boolean
}

/** What somebody has said may be lost, by names such as `things` and `things.a`. */
export interface Allowed {
  /** Tables and columns whose values may be lost. */
  readonly drop: Names
  /** Columns and checks that may keep less than before. */
  readonly narrow: Names
  /** Renamed columns, and columns of another type, that are written beside the old one while both programs serve. */
  readonly beside?: Names
  /** Columns that need not be written for the program as it was before any more. */
  readonly finish?: Names
  /** SQL of the values that existing rows get in new columns. */
  readonly values?: ReadonlyMap<string, string>
}
export const NOTHING: Allowed = { drop: new Set(), narrow: new Set() }

type ColumnPair = readonly [TableColumn, TableColumn]
type ConstraintPair = readonly [Constraint, Constraint]

/** What of a table waits for a decision, and what stays as it is until then. */
export interface Open {
  readonly lost: readonly TableColumn[]
  readonly unfilled: readonly TableColumn[]
  /** Of another type, or computed where it was written. */
  readonly rewritten: readonly ColumnPair[]
  /** May no longer be null. */
  readonly demanded: readonly ColumnPair[]
  readonly narrowed: readonly ConstraintPair[]
  readonly refused: readonly Refusal[]
}

const isUnfilled = ({ nullable, default: value, generated }: TableColumn) =>
  !nullable && value === undefined && !generated

const valueHint = (table: Table, column: TableColumn) => {
  const name = `${table.name}.${column.name}`
  const value = exampleOf(column, table.constraints)

  return `--value ${shellWord(`${name}=${value}`)}, or --value-sql ${shellWord(`${name}=…`)} computed from the row, or give it withDefault(…)`
} // prettier-ignore

/** Ids, and what refers to them, are known elsewhere: by other tables, by clients, in the feed. */
export const isKey = (name: string, tables: readonly Table[]) =>
  name === 'id' ||
  tables.some(({ constraints }) => constraints.some((one) => isForeign(one) && one.fields.includes(name)))

const madeOf = ({ type, generated }: TableColumn) => (generated ? `${type} as ${generated}` : type)

/** Why a change of a column is not written; undefined where it is. */
const rewriteOf = ([from, to]: ColumnPair, tables: readonly [Table, Table], allowed: Allowed): Refusal | undefined => {
  const name = `${tables[1].name}.${to.name}`
  const reason = `changes from ${madeOf(from)} to ${madeOf(to)}`
  if (from.identity !== to.identity) return { name, reason: `${reason}, and gives out ids in another way` }
  if (to.generated && from.generated) return undefined
  if (to.generated)
    return allowed.drop.has(name) ? undefined : { name, flag: 'drop', reason: `${reason}: its values would be computed anew` }
  if (!isRetyped([from, to])) return undefined
  if (isKey(to.name, tables)) return { name, reason: `${reason}, and other tables know its values` }
  const cast = from.generated ? undefined : castOf(from.type, to.type)
  if (!cast) return { name, reason: `${reason}: its values must be converted` }

  return cast.isExact || allowed.narrow.has(name) ? undefined : { name, flag: 'narrow', reason: `${reason}, which does not hold all its values` }
} // prettier-ignore

const isDemanded = ([from, to]: ColumnPair) => from.nullable && !to.nullable && !to.generated

const nameOf = (table: string, { fields, expected, name }: Constraint) =>
  `${table}.${expected === undefined && fields.length === 1 ? fields[0] : name}`

/** A column of another type has other conditions anyway. */
const narrowedOf = (from: Table, to: Table, retyped: ReadonlySet<string>): ConstraintPair[] =>
  changed(from.constraints, to.constraints).filter(
    ([old, next]) => isNarrower(old, next) && !next.fields.some((field) => retyped.has(field))
  )

/** What is left to a person of the change from one table to another of the same name. */
export const openOf = (from: Table, to: Table, allowed: Allowed): Open => {
  const table = to.name
  const columns = changed(from.columns, to.columns)
  const lost = removed(from.columns, to.columns).filter(({ name }) => !allowed.drop.has(`${table}.${name}`))
  const unfilled = added(from.columns, to.columns).filter(isUnfilled)
  const rewrites = columns.map((pair) => [pair, rewriteOf(pair, [from, to], allowed)] as const)
  const rewritten = rewrites.flatMap(([pair, refusal]) => (refusal ? [pair] : []))
  const demanded = columns.filter((pair) => isDemanded(pair) && !rewritten.includes(pair) && !allowed.narrow.has(`${table}.${pair[1].name}`))
  const retyped = new Set(columns.filter(isRetyped).map(([, { name }]) => name))
  const narrowed = narrowedOf(from, to, retyped).filter(([, next]) => !allowed.narrow.has(nameOf(table, next)))

  return {
    lost, unfilled, rewritten, demanded, narrowed,
    refused: [
      ...lost.map(({ name }): Refusal => ({ name: `${table}.${name}`, flag: 'drop', reason: 'is no longer declared: dropping it would lose its values' })),
      ...unfilled.map((column): Refusal => ({ name: `${table}.${column.name}`, reason: 'may not be null and has no default: existing rows would have no value', flag: 'value', hint: valueHint(to, column) })),
      ...rewrites.flatMap(([, refusal]) => refusal ?? []),
      ...demanded.map(([, { name }]): Refusal => ({ name: `${table}.${name}`, flag: 'narrow', reason: 'may not be null any more' })),
      ...narrowed.map(([, next]): Refusal => ({ name: nameOf(table, next), flag: 'narrow', reason: `must meet ${next.sql.replace(/^check /, '')}, which not every value of before does` }))
    ]
  }
} // prettier-ignore
