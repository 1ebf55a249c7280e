import type { Constraint, Table, TableColumn } from '../../model/table'
import { quote } from '../../util/quote'
import { byName } from '../table-difference'
import { backfillSql } from './backfill'
import type { Move } from './beside-refusals'
import { bridgeSql, dropBridgeSql, forth, twins } from './bridge'
import { add, allowNull, demandValue } from './columns'
import { drop, replaceCondition } from './constraints'
import { countingApart } from './counting'
import { withOldColumns } from './kept'
import { ofConstraint } from './mentions'
import { withColumns } from './respell'
import type { Step } from './step'
import { BRIEF, ONLINE, step } from './step'

/** A table before and after a column was written beside another one. */
export interface Beside {
  readonly from: Table
  readonly to: Table
  readonly steps: readonly Step[]
}

const withoutDefault = ({ default: _default, was: _was, ...column }: TableColumn): TableColumn => column

/** What the new program writes is not held to the conditions of the old one, which sees to them itself. */
const relaxOld = (table: Table, old: TableColumn, replaced: ReadonlyMap<string, Constraint>): Step[] => [
  ...(old.nullable ? [] : [allowNull(table.name, old)]),
  ...checksOn(table, old.name).flatMap((check) => {
    const next = replaced.get(check.name)
    return next ? replaceCondition(table.name, [check, next], true) : [drop(table.name, check)]
  })
]

const checksOn = ({ constraints }: Table, name: string) =>
  constraints.filter((one) => one.kind === 'check' && ofConstraint(one)(new Set([name])))

/** The conditions between columns, which from now on are about the new one. */
const respelled = (from: Table, to: Table, { old, next }: Move): ReadonlyMap<string, Constraint> => {
  const kept = byName(to.constraints)
  const names = new Set(checksOn(from, old.name).map(({ name }) => name))
  const spelt = withColumns(from, new Map([[old.name, next.name]])).constraints

  return byName(spelt.filter(({ name }) => names.has(name) && kept.has(name)))
}

const pairOf = ({ old, next }: Move) => ({
  column: next.name,
  was: old.name,
  type: next.type,
  oldType: old.type
})

/** What the old column holds is written into the new one, without a word to the feed: the record says the same. */
const fill = (table: string, move: Move): Step => {
  const [name, value] = [quote(move.next.name), forth(pairOf(move), quote(move.old.name))]
  const sql = backfillSql(table, { set: `${name} = ${value}`, where: `${name} is distinct from ${value}`, isRecorded: false })

  return step('backfill', [table, move.next.name], { ...ONLINE, lock: 'ROW EXCLUSIVE' }, sql, [])
} // prettier-ignore

/** A second column with the values of the first, and a trigger that keeps both alike whichever of them is written. */
export const besideOf = (from: Table, to: Table, move: Move): Beside => {
  const table = to.name
  const next = withoutDefault(move.next)
  const bridge = twins(table, pairOf(move))
  const conditions = respelled(from, to, move)
  const gone = new Set(checksOn(from, move.old.name).map(({ name }) => name))
  const relaxed: Table = {
    ...from,
    columns: from.columns.map((column) => (column.name === move.old.name ? { ...column, nullable: true } : column)),
    constraints: [...from.constraints.filter(({ name }) => !gone.has(name)), ...conditions.values()]
  }
  // What is over for the program as it was before ends in the same migration.
  const withBridge = (table: Table) => [...(table.bridges ?? []), bridge]
  const after = withOldColumns({ ...to, columns: to.columns.map((column) => (column.name === next.name ? next : column)) }, relaxed, [move.old.name])
  const uncounted = from.uncounted && after.uncounted

  return {
    from: { ...relaxed, columns: [...relaxed.columns, next], bridges: withBridge(from), ...(uncounted ? { uncounted } : {}) },
    to: { ...after, bridges: withBridge(to) },
    steps: [
      add(table, { ...next, nullable: true }),
      ...relaxOld(from, move.old, conditions),
      step('add trigger', [table, next.name], BRIEF, bridgeSql(table, bridge), dropBridgeSql(table, bridge)),
      ...countingApart(from, next.name, uncounted),
      fill(table, move),
      ...(next.nullable ? [] : demandValue(table, next, 'none'))
    ]
  }
} // prettier-ignore
