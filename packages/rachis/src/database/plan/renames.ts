import type { Index, Table, TableColumn } from '../../model/table'
import { indexesOf } from '../../model/table'
import { quote } from '../../util/quote'
import { byName, pairs } from '../table-difference'
import {
  dropTriggerSql,
  dropTruncationTriggerSql,
  dropVersionTriggerSql,
  triggerSql,
  truncationTriggerSql,
  versionTriggerSql
} from '../trigger'
import type { Names } from './respell'
import { withColumns, withTables } from './respell'
import type { Step } from './step'
import { BRIEF, step } from './step'
import { alter } from './sql'

interface Former {
  readonly name: string
  readonly was?: string
}

/** Declared former names that lead to something which is still there under them, and to nothing under the new one. */
const namesFrom = (from: readonly Former[], to: readonly Former[]): Names => {
  const old = byName(from)
  const moved = to.filter(({ name, was }) => was !== undefined && old.has(was) && !old.has(name))

  return new Map(moved.map(({ name, was }) => [was!, name]))
}

const stripped = ({ was: _was, ...column }: TableColumn): TableColumn => column
const withoutFormer = ({ was: _was, ...table }: Table): Table => ({
  ...table,
  columns: table.columns.map(stripped)
})

const STOPS = { ...BRIEF, risk: 'stops old' } as const

/** The triggers name the table as the feed is to tell it. */
const renameTable = (old: Table, name: string): Step[] => {
  const next = { ...old, name }
  const drops = (table: Table) => [dropTriggerSql(table), dropTruncationTriggerSql(table)]
  const adds = (table: Table) => [truncationTriggerSql(table), triggerSql(table)]

  return [
    step('drop trigger', [old.name], BRIEF, drops(old), adds(old)),
    step('rename table', [name], STOPS, alter(old.name, `rename to ${quote(name)}`), alter(name, `rename to ${quote(old.name)}`)),
    step('add trigger', [name], BRIEF, adds(next), drops(next))
  ] // prettier-ignore
}

const renameColumn = (table: string, [was, name]: readonly [string, string]): Step =>
  step('rename column', [table, name], STOPS, alter(table, `rename column ${quote(was)} to ${quote(name)}`), alter(table, `rename column ${quote(name)} to ${quote(was)}`)) // prettier-ignore

const renameConstraint = (table: string, [was, name]: readonly [string, string]): Step =>
  step('rename constraint', [table, name], BRIEF, alter(table, `rename constraint ${quote(was)} to ${quote(name)}`), alter(table, `rename constraint ${quote(name)} to ${quote(was)}`)) // prettier-ignore

const renameIndex = (table: string, [was, name]: readonly [string, string]): Step =>
  step('rename index', [table, name], { ...BRIEF, lock: 'SHARE UPDATE EXCLUSIVE' }, `alter index ${quote(was)} rename to ${quote(name)}`, `alter index ${quote(name)} rename to ${quote(was)}`) // prettier-ignore

/** What says the same under another name, since names are made of those of tables and columns. */
const sameUnderOtherNames = (from: readonly Index[], to: readonly Index[]): Names => {
  const known = byName(to)
  const old = byName(from)
  const free = from.filter(({ name }) => !known.has(name))
  const found = to
    .filter(({ name }) => !old.has(name))
    .flatMap(({ name, sql }) => {
      const same = free.find((one) => one.sql === sql)
      return same ? [[same.name, name] as const] : []
    })

  return new Map(found)
}

const namedAnew = <T extends Index>(items: readonly T[], names: Names): T[] =>
  items.map((item) => ({ ...item, name: names.get(item.name) ?? item.name }))

interface Renamed {
  readonly table: Table
  readonly steps: readonly Step[]
}

/** The constraints and indexes of a table of which something was renamed. */
const renamedParts = (table: Table, to: Table): Renamed => {
  const constraints = sameUnderOtherNames(table.constraints, to.constraints)
  const indexes = sameUnderOtherNames(indexesOf(table), indexesOf(to))
  const { search } = table

  return {
    table: {
      ...table,
      constraints: namedAnew(table.constraints, constraints),
      indexes: namedAnew(table.indexes, indexes),
      ...(search ? { search: { ...search, indexes: namedAnew(search.indexes, indexes) } } : {})
    },
    steps: [
      ...[...constraints].map((pair) => renameConstraint(to.name, pair)),
      ...[...indexes].map((pair) => renameIndex(to.name, pair))
    ]
  }
}

/** The triggers that name columns as the rows have them: those that the feed leaves out, and those that are not counted. */
const TRIGGERS = [
  { naming: 'unrecorded', add: triggerSql, drop: dropTriggerSql },
  { naming: 'uncounted', add: versionTriggerSql, drop: dropVersionTriggerSql }
] as const

const renamedColumns = (table: Table, to: Table, isMoved: boolean): Renamed => {
  const names = namesFrom(table.columns, to.columns)
  if (names.size === 0 && !isMoved) return { table, steps: [] }
  const moved = withColumns(table, names)
  const triggers = TRIGGERS.filter(({ naming }) => table[naming]?.join() !== moved[naming]?.join())
  const parts = renamedParts(moved, to)

  return {
    table: parts.table,
    steps: [
      ...triggers.map(({ add, drop }) => step('drop trigger', [to.name], BRIEF, drop(table), add(table))),
      ...[...names].map((pair) => renameColumn(to.name, pair)),
      ...triggers.map(({ add, drop }) => step('add trigger', [to.name], BRIEF, add(moved), drop(moved))),
      ...parts.steps
    ]
  }
}

/**
 * What is called otherwise now and says so, by `was`. What is answered differs in nothing that a rename explains, and knows of no
 * former names.
 */
export const withRenames = (
  from: readonly Table[],
  to: readonly Table[]
): { from: Table[]; to: Table[]; steps: Step[] } => {
  const names = namesFrom(from, to)
  const old = byName(from)
  const moved = withTables(from, names)
  const targets = new Set(names.values())
  const done = new Map(
    pairs(moved, to).map(([table, next]) => [
      table.name,
      renamedColumns(table, next, targets.has(table.name))
    ])
  )

  return {
    from: moved.map((table) => done.get(table.name)?.table ?? table),
    to: to.map(withoutFormer),
    steps: [
      ...[...names].flatMap(([was, name]) => renameTable(old.get(was)!, name)),
      ...[...done.values()].flatMap(({ steps }) => steps)
    ]
  }
}
