/**
 * When a statement runs:
 * - `expand` first, in one transaction: what is instant, and what the new program needs,
 * - `online` afterwards, each statement by itself: what reads a whole table, while everybody reads and writes it,
 * - `contract` last, in one transaction: what is instant once that is done, and what takes something away.
 */
export const PHASES = ['expand', 'online', 'contract'] as const
export type Phase = (typeof PHASES)[number]

/**
 * What may go wrong while the program serves:
 * - `none`: nobody notices,
 * - `may fail`: rows that are there may break it; the migration then stops and nothing is lost,
 * - `rewrites`: the table is written anew, and nobody reads or writes it meanwhile,
 * - `stops old`: a process of the program as it was before fails where it uses what is gone,
 * - `narrows`: what could be kept before cannot any more,
 * - `loses`: values are gone.
 */
export type Risk = 'none' | 'may fail' | 'rewrites' | 'stops old' | 'narrows' | 'loses'

/**
 * The strongest lock of a table that a step takes, as PostgreSQL calls it.
 *
 * @see https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-TABLES
 */
export type Lock =
  'none' | 'ROW EXCLUSIVE' | 'SHARE UPDATE EXCLUSIVE' | 'SHARE ROW EXCLUSIVE' | 'ACCESS EXCLUSIVE'

/** One change of the database, as data. */
export interface Step {
  /** What is done, such as `add column`. */
  readonly kind: string
  readonly table: string
  /** Of the column, constraint or index; empty where it is about the table. */
  readonly name: string
  readonly phase: Phase
  readonly risk: Risk
  readonly lock: Lock
  /** SQL; several statements run one after the other. */
  readonly up: readonly string[]
  readonly down: readonly string[]
}

/** The options of `migrate:make` that a name follows. */
export type Flag = 'drop' | 'narrow' | 'value' | 'beside' | 'finish'

/** What the declarations ask for and is not written, since it loses something that nobody has named. */
export interface Refusal {
  /** `things`, or `things.a`. */
  readonly name: string
  readonly reason: string
  /** The flag that allows it; without one it is for a person to write. */
  readonly flag?: Flag
  /** What else leads there. */
  readonly hint?: string
}

type Facts = Pick<Step, 'phase' | 'risk' | 'lock'>

/** Within the transaction that begins a migration, for a moment. */
export const BRIEF: Facts = { phase: 'expand', risk: 'none', lock: 'ACCESS EXCLUSIVE' }
/** Beside everybody else's reads and writes. */
export const ONLINE: Facts = { phase: 'online', risk: 'none', lock: 'SHARE UPDATE EXCLUSIVE' }
/** At the end, for a moment. */
export const FINAL: Facts = { phase: 'contract', risk: 'none', lock: 'ACCESS EXCLUSIVE' }

/**
 * A step of one statement, and of one that takes it back.
 *
 * @example step('drop default', ['things', 'a'], BRIEF, 'alter table …', 'alter table …')
 */
export const step = (
  kind: string,
  [table, name = '']: readonly [table: string, name?: string],
  facts: Facts,
  up: string | readonly string[],
  down: string | readonly string[]
): Step => ({ kind, table, name, ...facts, up: [up].flat(), down: [down].flat() })

/** Steps in the order in which they run. */
export const inOrder = (steps: readonly Step[]): Step[] =>
  PHASES.flatMap((phase) => steps.filter((one) => one.phase === phase))
