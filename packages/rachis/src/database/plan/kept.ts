import type { Bridge, Table, TableColumn } from '../../model/table'
import { quote } from '../../util/quote'
import { byName, pairs, added } from '../table-difference'
import { backfillSql } from './backfill'
import type { Allowed } from './decisions'
import { ofConstraint, ofIndex } from './mentions'
import type { Refusal, Step } from './step'
import { ONLINE, step } from './step'
import type { Stage } from './values'

/** What is written for the program as it was before: what goes on, and what is over. */
export interface Kept extends Stage {
  readonly allowed: Allowed
}

const REASON = 'is still written for the program as it was before. Once no process of it runs'

/**
 * A table with what is there for another program as well: the columns of that, and what stands on them.
 *
 * @param from the table that has them
 */
export const withOldColumns = (to: Table, from: Table, names: readonly string[]): Table => {
  const old = new Set(names)
  const columns = from.columns.filter(({ name }) => old.has(name))

  return {
    ...to,
    columns: [...to.columns, ...added(to.columns, columns)],
    constraints: [...to.constraints, ...added(to.constraints, from.constraints.filter((one) => ofConstraint(one)(old)))],
    indexes: [...to.indexes, ...added(to.indexes, from.indexes.filter((one) => ofIndex(one)(old)))],
    unrecorded: [...new Set([...to.unrecorded, ...from.unrecorded.filter((name) => old.has(name))])],
    ...(to.uncounted ? { uncounted: [...new Set([...to.uncounted, ...names])] } : {})
  }
} // prettier-ignore

/** The default comes once the old column has gone: what is left out is filled in from that one. */
const withDefaultsOf = (to: Table, from: Table, bridges: readonly Bridge[]): Table => {
  const bridged = new Set(bridges.map(({ column }) => column))
  const known = byName(from.columns)
  const keep = ({ default: _default, ...column }: TableColumn): TableColumn => {
    const value = known.get(column.name)?.default
    return value === undefined ? column : { ...column, default: value }
  }

  return { ...to, columns: to.columns.map((column) => (bridged.has(column.name) ? keep(column) : column)) }
}

const carried = (to: Table, from: Table, bridges: readonly Bridge[]): Table => {
  if (bridges.length === 0) return to
  const names = bridges.flatMap(({ was }) => was ?? [])

  return { ...withDefaultsOf(withOldColumns(to, from, names), from, bridges), bridges }
}

/** Taken back, the old column is there again, and gets its values by the trigger, which writes it where it has none. */
const refill = (table: string, { column, was }: Bridge): Step[] => {
  if (was === undefined) return []
  const [next, old] = [quote(column), quote(was)]
  const sql = backfillSql(table, { set: `${next} = ${next}`, where: `${old} is null and ${next} is not null`, isRecorded: false })

  return [step('refill', [table, was], { ...ONLINE, lock: 'ROW EXCLUSIVE' }, [], sql)]
} // prettier-ignore

const isOver = ({ name }: Table, { column }: Bridge, { finish, drop }: Allowed): boolean =>
  [finish, drop].some((names) => names?.has(`${name}.${column}`))

/** A table of which nothing is said is declared: what migrations have added goes on until somebody says that it is over. */
const going = (table: Table, allowed: Allowed) =>
  (table.bridges ?? []).filter((bridge) => !isOver(table, bridge, allowed))
const over = (table: Table, allowed: Allowed) =>
  (table.bridges ?? []).filter((bridge) => isOver(table, bridge, allowed))

/** What earlier migrations have left for the program as it was before, which no declaration knows. */
export const withKept = (from: readonly Table[], to: readonly Table[], allowed: Allowed): Kept => {
  const open = pairs(from, to).filter(([old, next]) => old.bridges && !next.bridges)
  const next = new Map(
    open.map(([old, table]) => [table.name, carried(table, old, going(old, allowed))])
  )
  const ended = open.flatMap(([old]) => over(old, allowed).map((bridge) => [old.name, bridge] as const))
  const gone = new Set(ended.flatMap(([table, { was }]) => (was === undefined ? [] : [`${table}.${was}`])))

  return {
    from,
    to: to.map((table) => next.get(table.name) ?? table),
    steps: ended.flatMap(([table, bridge]) => refill(table, bridge)),
    allowed: { ...allowed, drop: { has: (name) => gone.has(name) || allowed.drop.has(name) } }
  }
} // prettier-ignore

/** What goes on for the program as it was before once a migration has run. */
export const keptIn = (tables: readonly Table[]): Refusal[] =>
  tables.flatMap(({ name, bridges = [] }) =>
    bridges.map(({ column }): Refusal => ({ name: `${name}.${column}`, flag: 'finish', reason: REASON }))
  )
