import type { Table } from '../../model/table'
import { indexesOf } from '../../model/table'
import { quote } from '../../util/quote'
import { added, pairs, removed } from '../table-difference'
import { columnSteps } from './columns'
import { addNow, constraintSteps, drop } from './constraints'
import { create, indexSteps } from './indexes'
import { rewrites, rewrittenOf, searchSteps } from './rewrites'
import type { Step } from './step'
import { BRIEF, FINAL, step } from './step'
import { createTable, isForeign } from './sql'
import { newTriggers, triggerSteps } from './triggers'

const dropTable = ({ name }: Table) => `drop table ${quote(name)}`

const createSteps = (table: Table): Step[] => [
  step('create table', [table.name], { ...BRIEF, lock: 'none' }, createTable(table), dropTable(table)),
  ...indexesOf(table).map((index) => ({ ...create(table.name, index), lock: 'none' as const })),
  ...newTriggers(table).map((one) => ({ ...one, lock: 'none' as const }))
]

/** Keys to other tables, which come after all tables and go before them: two tables may refer to each other. */
const foreignOf = (table: Table) => table.constraints.filter(isForeign)

const createAll = (tables: readonly Table[]): Step[] => [
  ...tables.flatMap(createSteps),
  ...tables.flatMap((table) => foreignOf(table).map((one) => addNow(table.name, one)))
]

/** A table with all that belongs to it. Taken back, it is there without its rows. */
const dropAll = (tables: readonly Table[]): Step[] => [
  ...tables.flatMap((table) => foreignOf(table).map((one) => ({ ...drop(table.name, one), phase: FINAL.phase }))),
  ...tables.map((table) =>
    step('drop table', [table.name], { ...FINAL, risk: 'loses' }, dropTable(table), createSteps(table).flatMap(({ up }) => up))
  )
] // prettier-ignore

const alterSteps = (old: Table, next: Table): Step[] => {
  const rewritten = rewrittenOf(old, next)
  const { steps, from, to } = rewrites(old, next, rewritten)
  const search = searchSteps(old, next, rewritten)

  return [
    ...search.before,
    ...steps,
    ...columnSteps(from, to),
    ...constraintSteps(to.name, from.constraints, to.constraints),
    ...indexSteps(to.name, from.indexes, to.indexes),
    ...search.after,
    ...triggerSteps(from, to)
  ]
}

/** Every step between two sets of tables, in the order in which they depend on each other. */
export const tableSteps = (from: readonly Table[], to: readonly Table[]): Step[] => [
  ...createAll(added(from, to)),
  ...pairs(from, to).flatMap(([old, next]) => alterSteps(old, next)),
  ...dropAll(removed(from, to))
]
