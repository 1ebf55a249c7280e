import { wordsOf } from '../declare/sql'
import type { Constraint, Index, Table, TableColumn } from '../model/table'
import { indexesOf } from '../model/table'
import { quote } from '../util/quote'
import { added, byName, changed, pairs, removed } from './table-difference'

/** How far a migration can go by itself. */
export interface Reach {
  /** The tables as they are once everything was done that loses and converts nothing. */
  readonly tables: readonly Table[]
  /** What is left for a person to decide, and why. */
  readonly refused: readonly string[]
}

const isRewritten = ([from, to]: [TableColumn, TableColumn]) =>
  from.type !== to.type || from.generated !== to.generated || from.identity !== to.identity

const isUnfilled = ({ nullable, default: value, generated }: TableColumn) =>
  !nullable && value === undefined && !generated

/** Columns of a table about which a person decides. */
interface Open {
  readonly lost: readonly TableColumn[]
  readonly unfilled: readonly TableColumn[]
  readonly rewritten: readonly [TableColumn, TableColumn][]
}
const openOf = (from: Table, to: Table): Open => ({
  lost: removed(from.columns, to.columns),
  unfilled: added(from.columns, to.columns).filter(isUnfilled),
  rewritten: changed(from.columns, to.columns).filter(isRewritten)
})

type Mentions = (names: ReadonlySet<string>) => boolean
const ofConstraint =
  ({ fields }: Constraint): Mentions =>
  (names) =>
    fields.some((field) => names.has(field))
const ofIndex =
  ({ sql }: Index): Mentions =>
  (names) =>
    [...names].some((name) => sql.includes(quote(name)))
const ofColumn =
  ({ generated = '' }: TableColumn): Mentions =>
  (names) =>
    wordsOf(generated).some((word) => names.has(word))

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

const namesOf = (columns: readonly TableColumn[]) => columns.map(({ name }) => name)

const columnsOf = (to: Table, { lost, rewritten }: Open, waiting: ReadonlySet<string>): TableColumn[] => {
  const old = byName(rewritten.map(([column]) => column))
  const coming = to.columns.filter(({ name }) => old.has(name) || !waiting.has(name))

  return [...coming.map((column) => old.get(column.name) ?? column), ...lost]
}

/** A table with all that can come by itself. What a column has that waits, such as its indexes, waits with it. */
const reachedTable = (from: Table, to: Table): Table => {
  const open = openOf(from, to)
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
    constraints: settled(from.constraints, to.constraints, ofConstraint, { waiting, staying }),
    indexes: settled(from.indexes, to.indexes, ofIndex, { waiting, staying }),
    ...(search ? { search } : {}),
    // A secret is left out of the feed for as long as its column is there.
    unrecorded: [...new Set(secrets)].filter((name) => present.has(name))
  }
}

const identifiersOf = (table: Table) => [...table.constraints, ...indexesOf(table)].map(({ name }) => name)

/** `a_b` of `c` and `a` of `b_c` are both called a_b_c: PostgreSQL would refuse one, or an error name the wrong field. */
const sameNames = (tables: readonly Table[]): string[] => {
  const owners = tables.flatMap((table) => identifiersOf(table).map((name) => [name, table.name] as const))
  const first = new Map([...owners].reverse())
  const again = owners.filter(([name], index) => owners.findIndex(([other]) => other === name) < index)

  return again.map(
    ([name, table]) => `two things are called ${name}, in ${first.get(name)} and in ${table}: rename a field`
  )
}

const madeOf = ({ type, generated }: TableColumn) => (generated ? `${type} as ${generated}` : type)

const refusalsOf = ({ name: table }: Table, { lost, unfilled, rewritten }: Open): string[] => [
  ...lost.map(
    ({ name }) => `column ${table}.${name} is no longer declared: dropping it would lose its values`
  ),
  ...unfilled.map(
    ({ name }) =>
      `column ${table}.${name} may not be null and has no default: existing rows would have no value`
  ),
  ...rewritten.map(
    ([a, b]) =>
      `column ${table}.${b.name} changes from ${madeOf(a)} to ${madeOf(b)}: its values must be converted`
  )
]

/**
 * What of a change of tables can be done by itself, and what not: a dropped table or column, a new column that existing rows
 * have no value for, and a column of another type stay as they are. Where two things would have one name, nothing is done.
 */
export const reachOf = (from: readonly Table[], to: readonly Table[]): Reach => {
  const clashes = sameNames(to)
  if (clashes.length > 0) return { tables: from, refused: clashes }
  const lost = removed(from, to)
  const olds = byName(from)

  return {
    tables: [...to.map((table) => (olds.has(table.name) ? reachedTable(olds.get(table.name)!, table) : table)), ...lost],
    refused: [
      ...lost.map(({ name }) => `table ${name} is no longer declared: dropping it would lose its rows`),
      ...pairs(from, to).flatMap(([old, next]) => refusalsOf(next, openOf(old, next)))
    ]
  }
} // prettier-ignore

const rewritingColumns = (from: Table, to: Table): string[] => {
  const isSearchNew = JSON.stringify(from.search ?? null) !== JSON.stringify(to.search ?? null)
  const computed = added(from.columns, to.columns).filter(({ generated }) => generated)

  return namesOf([...computed, ...(isSearchNew ? (to.search?.columns ?? []) : [])])
}

const newIndexes = (from: Table, to: Table): string[] => {
  const [old, next] = [indexesOf(from), indexesOf(to)]
  return [...added(old, next), ...changed(old, next).map(([, index]) => index)].map(({ name }) => name)
}

/** Statements that make others wait for as long as a table is large, in words. */
export const locksOf = (from: readonly Table[], to: readonly Table[]): string[] =>
  pairs(from, to).flatMap(([old, next]) => {
    const [columns, indexes] = [rewritingColumns(old, next), newIndexes(old, next)]
    return [
      ...(columns.length > 0
        ? [`${next.name} is rewritten for ${columns.join(', ')}: nobody can read or write it meanwhile`]
        : []),
      ...(indexes.length > 0
        ? [`indexes of ${next.name} are built (${indexes.join(', ')}): nobody can write it meanwhile`]
        : [])
    ]
  })
