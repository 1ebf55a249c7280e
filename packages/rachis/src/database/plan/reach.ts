import type { Constraint, Table, TableColumn } from '../../model/table'
import { indexesOf } from '../../model/table'
import { added, byName, pairs, removed } from '../table-difference'
import type { Allowed, Open } from './decisions'
import { openOf } from './decisions'
import type { Mentions } from './mentions'
import { namesOf, ofColumn, ofConstraint, ofIndex } from './mentions'
import type { Refusal } from './step'

/** How far a migration goes. */
export interface Reach {
  /** The tables as they are once everything was done that loses nothing but what may be lost. */
  readonly tables: readonly Table[]
  /** What is left for a person to decide, and why. */
  readonly refused: readonly Refusal[]
}

/** Of the constraints, or indexes, those that can come, and those that stay since their column does. */
const settled = <T extends { readonly name: string }>(
  from: readonly T[],
  to: readonly T[],
  mentions: (item: T) => Mentions,
  { waiting, staying }: { waiting: ReadonlySet<string>; staying: ReadonlySet<string> }
): T[] => {
  const coming = to.filter((item) => !mentions(item)(waiting))
  return [...coming, ...added(coming, from).filter((item) => mentions(item)(staying))]
}

/** The program does not write a column that is no longer declared, and so it has to do without a value. */
const relaxed = (column: TableColumn): TableColumn =>
  column.default === undefined && !column.generated && !column.identity
    ? { ...column, nullable: true }
    : column

const columnsOf = (to: Table, { lost, rewritten, demanded }: Open, waiting: ReadonlySet<string>): TableColumn[] => {
  const old = byName(rewritten.map(([column]) => column))
  const optional = byName(demanded.map(([, column]) => ({ ...column, nullable: true })))
  const coming = to.columns.filter(({ name }) => old.has(name) || !waiting.has(name))

  return [
    ...coming.map((column) => old.get(column.name) ?? optional.get(column.name) ?? column),
    ...lost.map(relaxed)
  ]
} // prettier-ignore

const withOld = (constraints: readonly Constraint[], { narrowed }: Open): Constraint[] => {
  const olds = byName(narrowed.map(([old]) => old))
  return constraints.map((one) => olds.get(one.name) ?? one)
}

/** A table with all that can come by itself. What a column has that waits, such as its indexes, waits with it. */
const reachedTable = (from: Table, to: Table, open: Open): Table => {
  const kept = open.rewritten.map(([old]) => old)
  const undecided = new Set(namesOf([...open.unfilled, ...kept]))
  const dependent = added(from.columns, to.columns).filter((column) => ofColumn(column)(undecided))
  const waiting = new Set([...undecided, ...namesOf(dependent)])
  const staying = new Set(namesOf([...open.lost, ...kept]))
  const isSearchOpen = to.search?.columns.some((column) => ofColumn(column)(waiting)) ?? false
  const { search: declared, ...rest } = to
  const search = isSearchOpen ? from.search : declared
  const columns = columnsOf(to, open, waiting)
  const present = new Set(namesOf([...columns, ...(search?.columns ?? [])]))
  const secrets = [...to.unrecorded, ...from.unrecorded.filter((name) => staying.has(name))]

  return {
    ...rest,
    columns,
    constraints: settled(from.constraints, withOld(to.constraints, open), ofConstraint, { waiting, staying }),
    indexes: settled(from.indexes, to.indexes, ofIndex, { waiting, staying }),
    ...(search ? { search } : {}),
    // A secret is left out of the feed for as long as its column is there.
    unrecorded: [...new Set(secrets)].filter((name) => present.has(name))
  }
}

const identifiersOf = (table: Table) => [...table.constraints, ...indexesOf(table)].map(({ name }) => name)

/** `a_b` of `c` and `a` of `b_c` are both called a_b_c: PostgreSQL would refuse one, or an error name the wrong field. */
const sameNames = (tables: readonly Table[]): Refusal[] => {
  const owners = tables.flatMap((table) => identifiersOf(table).map((name) => [name, table.name] as const))
  const first = new Map([...owners].reverse())
  const again = owners.filter(([name], index) => owners.findIndex(([other]) => other === name) < index)

  return again.map(([name, table]) => ({
    name,
    reason: `is the name of two things, in ${first.get(name)} and in ${table}: rename a field`
  }))
}

const LOST_TABLE = 'is no longer declared: dropping it would lose its rows'

/**
 * What of a change of tables can be done: a dropped table or column, a new column that existing rows have no value for, a column of
 * another type and a condition that is narrower stay as they are unless they are allowed. Where two things would have one name,
 * nothing is done.
 */
export const reachOf = (from: readonly Table[], to: readonly Table[], allowed: Allowed): Reach => {
  const clashes = sameNames(to)
  if (clashes.length > 0) return { tables: from, refused: clashes }
  const lost = removed(from, to).filter(({ name }) => !allowed.drop.has(name))
  const reached = new Map(
    pairs(from, to).map(([old, next]) => {
      const open = openOf(old, next, allowed)
      return [next.name, { table: reachedTable(old, next, open), refused: open.refused }]
    })
  )

  return {
    tables: [...to.map((table) => reached.get(table.name)?.table ?? table), ...lost],
    refused: [
      ...lost.map(({ name }): Refusal => ({ name, flag: 'drop', reason: LOST_TABLE })),
      ...[...reached.values()].flatMap(({ refused }) => refused)
    ]
  }
}
