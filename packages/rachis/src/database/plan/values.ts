import type { Table, TableColumn } from '../../model/table'
import { quote } from '../../util/quote'
import { added, pairs } from '../table-difference'
import { backfillSql } from './backfill'
import { bridgeSql, dropBridgeSql, filling } from './bridge'
import { add, demandValue } from './columns'
import { countingApart } from './counting'
import type { Allowed } from './decisions'
import type { Step } from './step'
import { BRIEF, ONLINE, step } from './step'

/** Tables before and after what a part of the plan does about them. */
export interface Stage {
  readonly from: readonly Table[]
  readonly to: readonly Table[]
  readonly steps: readonly Step[]
}

interface Filled {
  readonly from: Table
  readonly to: Table
  readonly steps: readonly Step[]
}

/**
 * A column that rows get a value for: it may be null at first, and is filled for what others write from then on, and then for the
 * rows that are there, in batches.
 */
const fillColumn = ({ from, to, steps }: Filled, column: TableColumn, sql: string): Filled => {
  const table = to.name
  const name = quote(column.name)
  const bridge = filling(table, column.name, sql)
  const uncounted = from.uncounted && to.uncounted

  return {
    from: { ...from, columns: [...from.columns, column], bridges: [...(from.bridges ?? []), bridge], ...(uncounted ? { uncounted } : {}) },
    to: { ...to, bridges: [...(to.bridges ?? []), bridge] },
    steps: [
      ...steps,
      add(table, { ...column, nullable: true }),
      step('add trigger', [table, column.name], BRIEF, bridgeSql(table, bridge), dropBridgeSql(table, bridge)),
      ...countingApart(from, column.name, uncounted),
      step('backfill', [table, column.name], { ...ONLINE, lock: 'ROW EXCLUSIVE' }, backfillSql(table, { set: `${name} = (${sql})`, where: `${name} is null`, isRecorded: false }), []),
      ...demandValue(table, column, 'may fail')
    ]
  }
} // prettier-ignore

const fillTable = (from: Table, to: Table, values: ReadonlyMap<string, string>): Filled =>
  added(from.columns, to.columns).reduce<Filled>(
    (filled, column) => {
      const sql = values.get(`${to.name}.${column.name}`)
      return sql === undefined ? filled : fillColumn(filled, column, sql)
    },
    { from, to, steps: [] }
  )

/** New columns that somebody has given the values of for the rows that are there. */
export const withValues = ({ from, to, steps }: Stage, { values }: Allowed): Stage => {
  if (!values || values.size === 0) return { from, to, steps }
  const filled = new Map(pairs(from, to).map(([old, next]) => [next.name, fillTable(old, next, values)]))

  return {
    from: from.map((table) => filled.get(table.name)?.from ?? table),
    to: to.map((table) => filled.get(table.name)?.to ?? table),
    steps: [...steps, ...[...filled.values()].flatMap((one) => one.steps)]
  }
}
