import type { Table } from '../../model/table'
import type { Allowed } from './decisions'
import { NOTHING } from './decisions'
import { withBeside } from './beside'
import { keptIn, withKept } from './kept'
import { reachOf } from './reach'
import { withRenames } from './renames'
import type { Refusal, Step } from './step'
import { inOrder } from './step'
import { tableSteps } from './tables'
import { withValues } from './values'

/** A migration as data. */
export interface Plan {
  /** In the order in which they run; to take them back, from the last to the first. */
  readonly steps: readonly Step[]
  /** What is not written, to be decided by a person. */
  readonly refused: readonly Refusal[]
  /** What goes on for the program as it was before, until somebody says that it is over. */
  readonly kept: readonly Refusal[]
  /** The tables once the steps have run, for migrations/schema.json. */
  readonly tables: readonly Table[]
}

/**
 * The migration from one set of tables to another. Pure.
 *
 * @param allowed what may be lost
 * @example planOf([], [tasks]).steps[0] // { kind: 'create table', table: 'tasks', phase: 'expand', risk: 'none', … }
 */
export const planOf = (from: readonly Table[], to: readonly Table[], allowed: Allowed = NOTHING): Plan => {
  const { allowed: all, ...stage } = withKept(from, to, allowed)
  const beside = withBeside(stage, all)
  const renamed = withRenames(beside.from, beside.to)
  const before = withValues({ ...renamed, steps: [...beside.steps, ...renamed.steps] }, all)
  const { tables, refused } = reachOf(before.from, before.to, all)

  return {
    steps: inOrder([...before.steps, ...tableSteps(before.from, tables)]),
    refused: [...beside.refused, ...refused],
    tables,
    kept: keptIn(tables)
  }
}

/** The statements of steps in the order in which they run. */
export const upOf = (steps: readonly Step[]): string[] => steps.flatMap(({ up }) => up)
/** The statements that take steps back, in the order in which they run. */
export const downOf = (steps: readonly Step[]): string[] => [...steps].reverse().flatMap(({ down }) => down)

/**
 * The statements that make tables in an empty database.
 *
 * @example createSql([tasks])[0] // create table "tasks" ( … )
 */
export const createSql = (tables: readonly Table[]): string[] => upOf(planOf([], tables).steps)
