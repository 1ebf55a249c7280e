import type { Constraint, Index, SearchTable, Table, TableColumn } from '../../model/table'
import { addNow, drop as dropOne } from './constraints'
import { add, changeType, isRetyped, stopComputing } from './columns'
import { build, create, drop as dropIndexOf } from './indexes'
import { namesOf, ofColumn, ofConstraint, ofIndex } from './mentions'
import type { Risk, Step } from './step'
import { BRIEF, FINAL, step } from './step'
import { addColumns, dropColumns } from './sql'
import { byName, pairs } from '../table-difference'
import { sameJson } from '../../util/same-json'

type Pair = readonly [TableColumn, TableColumn]

/** What stands on columns that are written anew, and has to be taken off meanwhile. */
interface Standing {
  readonly constraints: readonly Constraint[]
  readonly indexes: readonly Index[]
}

/** The columns of two tables that are written anew. */
export interface Rewritten {
  /** Written from now on, with the values that were computed. */
  readonly stopped: readonly Pair[]
  /** Computed from columns whose type changes, and no longer declared. */
  readonly dropped: readonly TableColumn[]
  readonly retyped: readonly Pair[]
  /** Computed from other columns than before, or from the same of another type. */
  readonly recomputed: readonly Pair[]
}

export const rewrittenOf = (from: Table, to: Table): Rewritten => {
  const both = pairs(from.columns, to.columns)
  const retyped = both.filter((pair) => isRetyped(pair) && !pair[1].generated)
  const names = new Set(namesOf(retyped.map(([, column]) => column)))
  const recomputed = both.filter(
    ([old, next]) =>
      next.generated && (old.generated !== next.generated || old.type !== next.type || ofColumn(next)(names))
  )

  const kept = byName(to.columns)

  return {
    retyped,
    recomputed,
    stopped: both.filter(([old, next]) => old.generated && !next.generated),
    dropped: from.columns.filter((column) => !kept.has(column.name) && ofColumn(column)(names))
  }
}

const standingOn = (
  { constraints, indexes }: Table,
  { retyped, recomputed, stopped, dropped }: Rewritten
): Standing => {
  const gone = new Set(namesOf([...[...recomputed, ...stopped].map(([old]) => old), ...dropped]))
  const moved = new Set([...gone, ...namesOf(retyped.map(([old]) => old))])

  return {
    constraints: constraints.filter((one) => ofConstraint(one)(one.kind === 'check' ? moved : gone)),
    indexes: indexes.filter((one) => ofIndex(one)(gone))
  }
}

const dropComputed = (table: string, column: TableColumn, risk: Risk = 'none'): Step =>
  step(
    'drop column',
    [table, column.name],
    { ...BRIEF, risk },
    dropColumns(table, [column]),
    addColumns(table, [column])
  )

const without = <T extends { readonly name: string }>(all: readonly T[], some: readonly T[]): T[] =>
  all.filter((one) => !some.includes(one))

/** What is left to compare once the rewritten columns are as they are to be. */
interface Rewrites {
  readonly steps: readonly Step[]
  readonly from: Table
  readonly to: Table
}

/**
 * Columns of another type or computation, with what stands on them: it is taken off before, and made anew with the table locked as
 * it is.
 */
export const rewrites = (from: Table, to: Table, rewritten: Rewritten): Rewrites => {
  const [old, next] = [standingOn(from, rewritten), standingOn(to, rewritten)]
  const [table, { retyped, recomputed, stopped, dropped }] = [to.name, rewritten]
  const gone = [...recomputed, ...stopped].map(([column]) => column)
  const written = stopped.map(([{ generated: _generated, ...column }]) => column)

  return {
    steps: [
      ...old.constraints.map((one) => dropOne(table, one)),
      ...old.indexes.map((one) => dropIndexOf(table, one)),
      ...recomputed.map(([column]) => dropComputed(table, column)),
      ...dropped.map((column) => dropComputed(table, column, 'loses')),
      ...stopped.map((pair) => stopComputing(table, pair)),
      ...retyped.map((pair) => changeType(table, pair)),
      ...recomputed.map(([, column]) => add(table, column)),
      ...next.constraints.map((one) => addNow(table, one)),
      ...next.indexes.map((one) => create(table, one))
    ],
    from: { ...from, columns: [...without(from.columns, [...gone, ...dropped]), ...written], constraints: without(from.constraints, old.constraints), indexes: without(from.indexes, old.indexes) },
    to: { ...to, columns: without(to.columns, recomputed.map(([, column]) => column)), constraints: without(to.constraints, next.constraints), indexes: without(to.indexes, next.indexes) }
  }
} // prettier-ignore

const isSearchMoved = (from: Table, to: Table, { retyped }: Rewritten): boolean => {
  const names = new Set(namesOf(retyped.map(([, column]) => column)))

  return (
    !sameJson(from.search, to.search) ||
    (to.search?.columns.some((column) => ofColumn(column)(names)) ?? false)
  )
}

/** All columns in one statement: each rewrites the table. */
const addSearch = (table: string, { columns, indexes }: SearchTable): Step[] => [
  step('add search', [table], { ...BRIEF, risk: 'rewrites' }, addColumns(table, columns), dropColumns(table, columns)),
  ...indexes.map((index) => build(table, index))
] // prettier-ignore

/** To search by other columns the old ones go first; where nothing is searched any more they go last, for the old program reads them. */
const dropSearch = (table: string, { columns, indexes }: SearchTable, isReplaced: boolean): Step[] => {
  const facts = isReplaced ? BRIEF : ({ ...FINAL, risk: 'stops old' } as const)

  return [
    ...indexes.map((index) => ({ ...dropIndexOf(table, index), phase: facts.phase })),
    step('drop search', [table], facts, dropColumns(table, columns), addColumns(table, columns))
  ]
}

/** The steps around all others: what a search reads is computed, and is dropped and made anew without a loss. */
export const searchSteps = (
  from: Table,
  to: Table,
  rewritten: Rewritten
): { before: Step[]; after: Step[] } => {
  if (!isSearchMoved(from, to, rewritten)) return { before: [], after: [] }

  return {
    before: from.search ? dropSearch(to.name, from.search, to.search !== undefined) : [],
    after: to.search ? addSearch(to.name, to.search) : []
  }
}
