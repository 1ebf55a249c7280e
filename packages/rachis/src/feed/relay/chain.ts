import type { LineEntry } from '../../util/look-line'
import type { StoredChange } from '../change'
import type { Look, LookRequest } from '../looks'
import type { RelayEntry } from './entry'
import { decodeEntry } from './entry'
import { snapshotOf } from './snapshot'

interface ChainStart {
  /** Id of the last entry that there was before the table was read. */
  readonly id: string
  /** What was read: everything that was committed. */
  readonly look: Look
  readonly toOwn: (at: number) => number
}

/**
 * Follows the entries of a line, from a look of one's own on. That look was later than the entry which it begins behind, so it showed
 * all that this entry stands for; each further one has what is new since the one before. Looks may have been earlier than one's own:
 * what is known by then stays known, and a settled place is never left again.
 */
export class Chain {
  id: string
  private readonly epoch: string
  /** Up to which all was handed on, and up to which all is known to be settled. */
  private cursor: number
  private settled: number
  private last: number
  private at: number
  private known: StoredChange[]

  constructor(private readonly start: ChainStart) {
    const { id, look } = start
    this.id = id
    this.epoch = look.epoch
    this.cursor = this.settled = look.cursor
    this.last = look.last
    this.at = look.at
    this.known = [...look.waiting]
  }

  isAt({ epoch, cursor }: LookRequest): boolean {
    return epoch === this.epoch && cursor === this.cursor
  }

  /** What these entries show together; undefined where the first of them does not go on from here. */
  take(entries: readonly LineEntry[], ask: LookRequest['ask']): Look | undefined {
    let latest: RelayEntry | undefined
    for (const { id, text } of entries) {
      const entry = decodeEntry(text)
      if (entry?.previous !== this.id) break
      this.id = id
      this.note(entry)
      latest = entry
    }

    return latest && this.lookOf(latest, ask())
  }

  private note({ added, cursor, last, at }: RelayEntry) {
    const ids = new Set(this.known.map(({ id }) => id))
    this.known.push(...added.filter(({ id }) => id > this.cursor && !ids.has(id)))
    this.settled = Math.max(this.settled, cursor)
    this.last = Math.max(this.last, last)
    this.at = Math.max(this.at, this.start.toOwn(at))
  }

  private lookOf({ snapshot, isAll }: RelayEntry, open: readonly string[]): Look {
    const { epoch, last, at, settled } = this
    const { xmin, isOver } = snapshotOf(snapshot)
    // Of those that were still open nothing is known: they are asked for again.
    const asked = open.filter(isOver)
    this.known.sort((one, other) => one.id - other.id)
    const ready = this.known.filter(({ id }) => id <= settled)
    this.known = this.known.slice(ready.length)
    this.cursor = settled
    const shown = { ready, cursor: settled, waiting: [...this.known], isAll }

    return { epoch, last, at, snapshot, xmin, asked, committed: asked, ...shown, source: 'stream' }
  }
}
