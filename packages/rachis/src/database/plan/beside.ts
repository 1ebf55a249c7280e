import type { Table } from '../../model/table'
import { pairs } from '../table-difference'
import type { Beside } from './beside-column'
import { besideOf } from './beside-column'
import { isRename, movesOf, refusalOf } from './beside-refusals'
import type { Allowed } from './decisions'
import type { Refusal } from './step'
import { moveBeside } from './swap'
import type { Stage } from './values'

const besideTable = (from: Table, to: Table, allowed: Allowed): Beside & { refused: Refusal[] } =>
  movesOf(from, to)
    .filter(({ next }) => allowed.beside?.has(`${to.name}.${next.name}`))
    .reduce<Beside & { refused: Refusal[] }>(
      ({ refused, steps, ...tables }, move) => {
        const refusal = refusalOf(tables.from, tables.to, move)
        if (refusal) return { ...tables, steps, refused: [...refused, refusal] }
        const done = (isRename(move) ? besideOf : moveBeside)(tables.from, tables.to, move)

        return { ...done, steps: [...steps, ...done.steps], refused }
      },
      { from, to, steps: [], refused: [] }
    )

/** Renames and changes of types that both programs serve through: nothing is rewritten at once, and nothing is gone. */
export const withBeside = (
  { from, to, steps }: Stage,
  allowed: Allowed
): Stage & { readonly refused: readonly Refusal[] } => {
  const done = new Map(pairs(from, to).map(([old, next]) => [next.name, besideTable(old, next, allowed)]))
  const all = [...done.values()]

  return {
    from: from.map((table) => done.get(table.name)?.from ?? table),
    to: to.map((table) => done.get(table.name)?.to ?? table),
    steps: [...steps, ...all.flatMap((one) => one.steps)],
    refused: all.flatMap(({ refused }) => refused)
  }
}
