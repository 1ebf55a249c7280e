import type { Table, TableColumn } from '../../model/table'
import { named } from '../../model/table'
import { quote } from '../../util/quote'
import { added, changed, removed } from '../table-difference'
import { backfillSql } from './backfill'
import { castOf, typeSql } from './casts'
import type { Risk, Step } from './step'
import { BRIEF, FINAL, ONLINE, step } from './step'
import { validate } from './constraints'
import { addColumns, addConstraint, alter, defaultAction, dropColumns, dropConstraint, dropNotNull, setDefault, setNotNull } from './sql' // prettier-ignore

/** A generated column is computed from others, which may be new as well. */
const generatedLast = (columns: readonly TableColumn[]) => [
  ...columns.filter(({ generated }) => !generated),
  ...columns.filter(({ generated }) => generated)
]

/** A dropped column comes back empty: its values are gone, and one default for all would break what is unique. */
const bringBack = (table: string, column: TableColumn): string[] => {
  if (column.generated) return [addColumns(table, [column])]
  const { default: value, ...rest } = column

  return [addColumns(table, [{ ...rest, nullable: true }]), ...(value === undefined ? [] : [setDefault(table, column)])]
} // prettier-ignore

/** A default that does not change from row to row is kept once for all rows that are there. */
export const add = (table: string, column: TableColumn): Step =>
  step('add column', [table, column.name], column.generated ? { ...BRIEF, risk: 'rewrites' } : BRIEF, addColumns(table, [column]), dropColumns(table, [column])) // prettier-ignore
export const drop = (table: string, column: TableColumn): Step =>
  step('drop column', [table, column.name], { ...FINAL, risk: 'loses' }, dropColumns(table, [column]), bringBack(table, column)) // prettier-ignore

const hasDefault = ({ default: value }: TableColumn) => value !== undefined

/** The default is of the old type, and goes while the type changes. */
const retype = (from: TableColumn, to: TableColumn): string[] => [
  ...(hasDefault(from) ? [defaultAction({ name: to.name })] : []),
  typeSql(to.name, from.type, to.type),
  ...(hasDefault(to) ? [defaultAction(to)] : [])
]

export const isRetyped = ([from, to]: readonly [TableColumn, TableColumn]): boolean => from.type !== to.type

/** Every row is written anew. */
export const changeType = (table: string, [from, to]: readonly [TableColumn, TableColumn]): Step => {
  const risk = castOf(from.type, to.type)?.isExact ? 'rewrites' : 'narrows'

  return step('change type', [table, to.name], { ...BRIEF, risk }, alter(table, ...retype(from, to)), alter(table, ...retype(to, from))) // prettier-ignore
}

const defaultSteps = (table: string, [from, to]: readonly [TableColumn, TableColumn]): Step[] =>
  from.default === to.default || isRetyped([from, to])
    ? []
    : [step(hasDefault(to) ? 'set default' : 'drop default', [table, to.name], BRIEF, setDefault(table, to), setDefault(table, from))] // prettier-ignore

export const allowNull = (table: string, { name }: TableColumn): Step =>
  step('drop not null', [table, name], BRIEF, dropNotNull(table, name), setNotNull(table, name))

/** Records that have no value get the default, which readers are told of. */
const fill = (table: string, { name, default: value }: TableColumn): Step[] =>
  value === undefined
    ? []
    : [step('backfill', [table, name], { ...ONLINE, lock: 'ROW EXCLUSIVE' }, backfillSql(table, { set: `${quote(name)} = ${value}`, where: `${quote(name)} is null`, isRecorded: true }), [])] // prettier-ignore

/**
 * PostgreSQL does not read the table for NOT NULL where a valid check says the same already.
 *
 * @see https://www.postgresql.org/docs/current/sql-altertable.html "SET NOT NULL"
 */
export const demandValue = (table: string, column: TableColumn, risk: Risk = 'narrows'): Step[] => {
  const check = {
    name: named(table, column.name, 'not_null'),
    sql: `check (${quote(column.name)} is not null)`
  }
  const at = [table, column.name] as const

  return [
    step('check not null', at, { ...BRIEF, risk }, `${addConstraint(table, check)} not valid`, alter(table, `drop constraint if exists ${quote(check.name)}`)),
    ...fill(table, column),
    validate(table, check, risk === 'none' ? 'none' : 'may fail'),
    step('set not null', at, FINAL, [setNotNull(table, column.name), dropConstraint(table, check)], dropNotNull(table, column.name))
  ] // prettier-ignore
}

const nullSteps = (table: string, [from, to]: readonly [TableColumn, TableColumn]): Step[] => {
  if (from.nullable === to.nullable) return []
  return to.nullable ? [allowNull(table, to)] : demandValue(table, to)
}

/** What was computed is kept, and written from now on. */
export const stopComputing = (table: string, [from, to]: readonly [TableColumn, TableColumn]): Step =>
  step('stop computing', [table, to.name], BRIEF, alter(table, `alter ${quote(to.name)} drop expression`), [dropColumns(table, [from]), addColumns(table, [from])]) // prettier-ignore

/** The steps between the columns of a table, without those whose type or computation changes. */
export const columnSteps = ({ columns: from }: Table, { name: table, columns: to }: Table): Step[] => [
  ...generatedLast(added(from, to)).map((column) => add(table, column)),
  ...changed(from, to).flatMap((pair) => [...defaultSteps(table, pair), ...nullSteps(table, pair)]),
  ...generatedLast(removed(from, to))
    .reverse()
    .map((column) => drop(table, column))
]
