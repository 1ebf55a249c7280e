import type { Table } from '../../model/table'
import {
  dropTriggerSql,
  dropTruncationTriggerSql,
  dropVersionTriggerSql,
  triggerSql,
  truncationTriggerSql,
  versionTriggerSql
} from '../trigger'
import type { Phase, Step } from './step'
import { BRIEF, FINAL, step } from './step'
import { added, removed } from '../table-difference'
import { bridgeSql, dropBridgeSql } from './bridge'

const onTable = (kind: string, { name }: Table, up: string, down: string): Step =>
  step(kind, [name], { ...BRIEF, lock: 'SHARE ROW EXCLUSIVE' }, up, down)

const addRecording = (table: Table): Step =>
  onTable('add trigger', table, triggerSql(table), dropTriggerSql(table))
const addCounting = (table: Table): Step =>
  onTable('add trigger', table, versionTriggerSql(table), dropVersionTriggerSql(table))

/** The triggers of a new table. */
export const newTriggers = (table: Table): Step[] => [
  onTable('add trigger', table, truncationTriggerSql(table), dropTruncationTriggerSql(table)),
  addRecording(table),
  ...(table.uncounted ? [addCounting(table)] : [])
]

const isSame = (one: Table, other: Table) =>
  [...one.unrecorded].sort().join() === [...other.unrecorded].sort().join()

const replaceRecording = (from: Table, to: Table, phase: Phase): Step[] =>
  isSame(from, to)
    ? []
    : [
        {
          ...step('replace trigger', [to.name], BRIEF, [dropTriggerSql(from), triggerSql(to)], [dropTriggerSql(to), triggerSql(from)]),
          phase
        }
      ] // prettier-ignore

/** A table that keeps the secrets of both out of the feed. Where one of the two does so already, it has its order, which the catalogue shows. */
const withSecretsOf = (from: Table, to: Table): Table => {
  const isComplete = to.unrecorded.every((name) => from.unrecorded.includes(name))
  const gone = from.unrecorded.filter((name) => !to.unrecorded.includes(name))

  return { ...to, unrecorded: isComplete ? from.unrecorded : [...to.unrecorded, ...gone] }
}

/** The feed leaves out a secret before its column is there, and until it is gone. */
const recordingSteps = (from: Table, to: Table): Step[] => {
  const meanwhile = withSecretsOf(from, to)

  return [...replaceRecording(from, meanwhile, 'expand'), ...replaceRecording(meanwhile, to, 'contract')]
}

/** A column that goes is not counted until it has gone, nor where it comes back. */
const phaseOfCounting = (from: Table, to: Table): Phase => {
  const isFewer =
    from.uncounted !== undefined && to.uncounted?.every((name) => from.uncounted!.includes(name))
  return isFewer ? 'contract' : 'expand'
}

/** The trigger that counts changes, and none where there is no column to count them in. */
const countingSteps = (from: Table, to: Table): Step[] => {
  if (from.uncounted?.join() === to.uncounted?.join()) return []
  const steps = [
    ...(from.uncounted ? [onTable('drop trigger', from, dropVersionTriggerSql(from), versionTriggerSql(from))] : []),
    ...(to.uncounted ? [addCounting(to)] : [])
  ]

  return steps.map((one) => ({ ...one, phase: phaseOfCounting(from, to) }))
} // prettier-ignore

/** The trigger that writes for the program as it was before goes last, as it is one of those that such a program needs. */
const bridgeSteps = ({ bridges: from = [] }: Table, { name: table, bridges: to = [] }: Table): Step[] => [
  ...added(from, to).map((bridge) => step('add trigger', [table, bridge.column], BRIEF, bridgeSql(table, bridge), dropBridgeSql(table, bridge))),
  ...removed(from, to).map((bridge) => step('drop trigger', [table, bridge.column], FINAL, dropBridgeSql(table, bridge), bridgeSql(table, bridge)))
] // prettier-ignore

export const triggerSteps = (from: Table, to: Table): Step[] => [
  ...recordingSteps(from, to),
  ...countingSteps(from, to),
  ...bridgeSteps(from, to)
]
