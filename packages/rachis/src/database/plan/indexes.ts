import type { Index } from '../../model/table'
import { added, changed, removed } from '../table-difference'
import type { Step } from './step'
import { BRIEF, ONLINE, step } from './step'
import { buildIndex, createIndex, dropIndex, removeIndex } from './sql'

/** An index of a table that has rows. */
export const build = (table: string, index: Index): Step =>
  step('build index', [table, index.name], ONLINE, buildIndex(table, index), removeIndex(index))
const remove = (table: string, index: Index): Step =>
  step('drop index', [table, index.name], ONLINE, removeIndex(index), buildIndex(table, index))

/** An index of a table that is new, or that nobody can write as it is. */
export const create = (table: string, index: Index): Step =>
  step('create index', [table, index.name], BRIEF, createIndex(table, index), dropIndex(index))
export const drop = (table: string, index: Index): Step =>
  step('drop index', [table, index.name], BRIEF, dropIndex(index), createIndex(table, index))

/** The steps between the indexes of a table as they were and as they are to be. */
export const indexSteps = (table: string, from: readonly Index[], to: readonly Index[]): Step[] => [
  ...[...removed(from, to), ...changed(from, to).map(([old]) => old)].map((old) => remove(table, old)),
  ...[...changed(from, to).map(([, next]) => next), ...added(from, to)].map((next) => build(table, next))
]
