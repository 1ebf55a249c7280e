import type { Drift } from '../database/plan/drift'
import type { Plan } from '../database/plan/plan'
import type { Refusal, Step } from '../database/plan/step'
import { PHASES } from '../database/plan/step'
import { print, table } from './print'

const HEADS = {
  expand: 'First, in one transaction:',
  online: 'Then each by itself, while everybody reads and writes:',
  contract: 'Last, in one transaction:'
} as const

const rowOf = ({ kind, table: of, name, lock, risk }: Step): string[] => [
  `  ${kind}`,
  name ? `${of}.${name}` : of,
  lock === 'none' ? 'no lock' : lock,
  risk === 'none' ? '' : risk
]

/** What leads to what is refused; a flag as it is typed. */
const wayOf = ({ name, flag, hint }: Refusal) =>
  flag && flag !== 'value'
    ? `--${flag} ${name}`
    : (hint ?? 'by hand, in a migration of your own and in schema.json')

/** The steps of a plan in the order in which they run, with the lock that each takes and what may go wrong. */
export const printSteps = (steps: readonly Step[]): void => {
  for (const phase of PHASES) {
    const rows = steps.filter((step) => step.phase === phase).map(rowOf)
    if (rows.length > 0) print([HEADS[phase], ...table(rows)].join('\n'))
  }
}

/** What a plan leaves out, and by which words it is written. */
export const printRefused = (refused: readonly Refusal[]): void => {
  if (refused.length === 0) return
  print('Not written:')
  for (const refusal of refused) print(`  - ${refusal.name} ${refusal.reason}\n    ${wayOf(refusal)}`)
}

/** Steps during which others wait for as long as a table is large. */
export const printWaits = (steps: readonly Step[]): void => {
  printStops(steps)
  const rewriting = steps.filter(({ kind, risk }) => risk === 'rewrites' || kind === 'change type')
  if (rewriting.length === 0) return
  print('Nobody can read or write these tables meanwhile, as long as they are large:')
  for (const { kind, table: of, name } of rewriting) print(`  - ${of}: ${[kind, name].filter(Boolean).join(' ')}${kind === 'change type' ? `\n    --beside ${of}.${name} lets them` : ''}`)
} // prettier-ignore

/** What is there for the program as it was before, and by which words it ends. */
export const printKept = (kept: readonly Refusal[]): void => {
  for (const { name, reason } of kept) print(`${name} ${reason}: --finish ${name}`)
}

/** Columns that the program as it was before fails with, though it need not. */
const printStops = (steps: readonly Step[]): void => {
  const renames = steps.filter(({ kind }) => kind === 'rename column')
  if (renames.length === 0) return
  print('The program as it was before fails where it uses these columns, until it is replaced:')
  for (const { table: of, name } of renames)
    print(`  - ${of}.${name}\n    --beside ${of}.${name} lets both serve`)
}

/** A plan as JSON, without the tables that it leads to. */
export const printJson = ({ steps, refused, kept }: Plan): void =>
  print(JSON.stringify({ steps, refused, kept }, null, 2))

/** What would make a database as its migrations have made it. */
export const printDrift = ({ steps, refused, unheard }: Drift): void => {
  print('The database is not as its migrations made it. This would have to be done:')
  for (const { kind, table: of, name } of steps.filter(({ kind }) => kind !== 'validate constraint'))
    print(`  - ${kind} ${name ? `${of}.${name}` : of}`)
  for (const { name, reason } of refused) print(`  - by hand: ${name} ${reason}`)
  for (const name of unheard) print(`  - ${name}: the triggers that write its changes into the feed`)
}
