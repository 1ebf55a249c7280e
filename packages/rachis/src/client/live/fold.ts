import { Order, ranksOf } from './order'
import type { Ranks, Sort } from './order'
import { idOf, keep, keepAll } from './row'
import type { Id, Row, Rows } from './row'

/** What the server tells of a record. */
export interface Change {
  readonly event: string
  readonly data: Row
  readonly tx?: string
}
/** A list as it was found. */
export interface Loaded {
  readonly rows: readonly Row[]
  /** How many records there are; more than `rows` where only the first ones were asked for. */
  readonly total: number
  readonly position?: string
  /** Whether the rows came in the order that was asked for. */
  readonly isSorted: boolean
  /**
   * Whether the changes that came since it was asked for have to be applied to it. Not where the answer came between the changes on their one
   * way: then all that came before are in it.
   */
  readonly replay: boolean
}

/**
 * - `loading`: nothing is known yet
 * - `live`: what came up to the last `synced` is shown
 * - `cut`: the connection is lost; what was shown is still shown
 * - `reloading`: it is being found anew; what was shown is still shown
 */
export type Phase = 'loading' | 'live' | 'cut' | 'reloading'

/** What is known of one shape. Plain data; every step answers another one. */
export interface Fold {
  readonly phase: Phase
  /** What is shown. */
  readonly rows: Rows
  /** Came since the last `synced`. Whole transactions are shown only. */
  readonly pending: readonly Change[]
  /** Came since the list was asked for; undefined while it is not being asked for. */
  readonly log?: readonly Change[]
  /** The place up to which everything is in `rows`. */
  readonly position?: string
  readonly ranks: Ranks
  /** How many records there are besides those that are known: of a list with `$limit`. */
  readonly beyond: number
}
/** Of a list with `$limit`: how many are shown, in which order. */
export interface Window {
  readonly limit: number
  readonly sort: Sort
}

export const empty: Fold = { phase: 'loading', rows: new Map(), pending: [], ranks: new Map(), beyond: 0 }

const HAS_RECORD = ['created', 'updated', 'patched']
const isOfRecords = ({ event }: Change) => event === 'removed' || HAS_RECORD.includes(event)

const applied = (rows: Rows, changes: readonly Change[]): Rows => {
  const changed = new Map<Id, Row>(rows)
  for (const { event, data } of changes) {
    const id = idOf(data)
    if (event === 'removed') changed.delete(id)
    else changed.set(id, keep(changed.get(id), data))
  }

  return keepAll(rows, changed.values())
}

/** Rows behind the last known one are not kept: which stand between it and them is not known. */
const withinWindow = (fold: Fold, rows: Rows, { sort }: Window): Rows => {
  if (fold.beyond === 0) return rows
  const order = new Order(sort, fold.ranks)
  const last = order.sorted(fold.rows.values()).rows.at(-1)
  // Nothing is kept of a list that shows none.
  if (!last) return fold.rows
  const isKnown = (row: Row) => order.compare(row, last) <= 0

  return keepAll(rows, [...rows.values()].filter(isKnown))
}

/** A change that is received. What comes while nothing is asked for, as after a cut, is told again by the resume. */
export const received = (fold: Fold, change: Change): Fold => {
  if (fold.phase === 'cut' || !isOfRecords(change)) return fold
  const { pending, log } = fold
  return { ...fold, pending: [...pending, change], ...(log ? { log: [...log, change] } : {}) }
}

/** The list is asked for; or the server's part of the changes so far is known to be in what will be found. */
export const asking = (fold: Fold): Fold => ({ ...fold, log: [] })

/** Everything up to this position has come. */
export const synced = (fold: Fold, position: string | undefined, window?: Window): Fold => {
  if (fold.phase !== 'live') return fold
  const next = { ...fold, position: position ?? fold.position, pending: [] }
  if (fold.pending.length === 0) return next
  const rows = applied(fold.rows, fold.pending)
  const shown = window ? withinWindow(fold, rows, window) : rows

  return { ...next, rows: shown, beyond: fold.beyond + countBeyond(fold, rows, shown) }
}

/** How the number of records changes that are not known. It may be too high, after which the list is found anew once too often. */
const countBeyond = (fold: Fold, rows: Rows, shown: Rows) => (fold.beyond === 0 ? 0 : rows.size - shown.size)

/** The list was found, for the first time or anew. */
export const loaded = (fold: Fold, found: Loaded): Fold => {
  const { rows, total, position, isSorted, replay } = found
  const known = keepAll(fold.rows, replay ? applied(toRows(rows), fold.log ?? []).values() : rows)

  return {
    phase: 'live',
    rows: known,
    pending: [],
    position,
    ranks: isSorted ? ranksOf(rows) : new Map(),
    beyond: Math.max(0, total - rows.length)
  }
}
const toRows = (rows: readonly Row[]): Rows => new Map(rows.map((row) => [idOf(row), row]))

/** The connection is lost: the rest of what was under way is told again by the resume. */
export const cut = (fold: Fold): Fold => ({
  ...fold,
  phase: fold.position === undefined ? stale(fold) : 'cut',
  pending: [],
  log: undefined
})
/** Before the first list there is nothing to keep. */
const stale = ({ phase }: Fold): Phase => (phase === 'loading' ? 'loading' : 'reloading')

/** The server goes on from the position: what was missed follows. */
export const resumed = (fold: Fold): Fold => (fold.phase === 'cut' ? { ...fold, phase: 'live' } : fold)

/** What is known is no base any more. It is still shown until the list is found anew. */
export const reset = (fold: Fold): Fold => ({
  ...fold,
  phase: stale(fold),
  pending: [],
  log: undefined,
  position: undefined
})

/** Somebody else is signed in: nothing of what was shown is theirs. */
export const cleared = (): Fold => empty

/** Whether a list with `$limit` has fewer rows than it could show. */
export const lacksRows = ({ rows, beyond }: Fold, { limit }: Window): boolean =>
  rows.size < limit && beyond > 0
