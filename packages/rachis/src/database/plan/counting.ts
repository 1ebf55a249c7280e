import type { Table } from '../../model/table'
import { dropVersionTriggerSql, versionTriggerSql } from '../trigger'
import type { Phase, Step } from './step'
import { BRIEF, step } from './step'

/** Counts other columns in `version`, where the table has it. */
export const recount = (
  table: Table,
  from: readonly string[],
  to: readonly string[],
  phase: Phase
): Step[] => {
  const [old, next] = [
    { ...table, uncounted: from },
    { ...table, uncounted: to }
  ]
  const up = [dropVersionTriggerSql(old), versionTriggerSql(next)]
  const down = [dropVersionTriggerSql(next), versionTriggerSql(old)]

  return from.join() === to.join()
    ? []
    : [{ ...step('replace trigger', [table.name], BRIEF, up, down), phase }]
}

/**
 * A column that a migration fills is no change of its record while it does so.
 *
 * @param uncounted which columns are not counted afterwards
 */
export const countingApart = (
  table: Table,
  filled: string,
  uncounted: readonly string[] | undefined
): Step[] => {
  if (!table.uncounted) return []
  const meanwhile = [...table.uncounted, filled]

  return [
    ...recount(table, table.uncounted, meanwhile, 'expand'),
    ...(uncounted ? recount(table, meanwhile, uncounted, 'contract') : [])
  ]
}
