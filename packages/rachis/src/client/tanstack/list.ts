import type { Live, Snapshot } from '../live/store'
import { byId } from './rows'
import type { Shown, Step, Wire } from './rows'
import type { Wanted } from './wanted'

const NOTHING: Shown = new Map()

/** One list, and what of it is in the collection. */
export class List {
  shown: Shown = NOTHING
  private seen?: Snapshot<unknown>

  constructor(
    readonly wanted: Wanted,
    private readonly live: Live<unknown>
  ) {}

  get error() {
    return this.live.snapshot().error
  }

  /** Whether it was found. It stays what it was while the connection is lost. */
  get isLoaded(): boolean {
    return this.live.status === 'live' || this.live.status === 'stale'
  }

  /** What it shows otherwise than before. */
  step(): Step[] {
    const now = this.live.snapshot()
    if (now === this.seen) return []
    this.seen = now

    return now.status === 'loading' ? [] : this.become(byId(now.data as readonly Wire[]))
  }

  close(): Step[] {
    this.live.close()
    return this.become(NOTHING)
  }

  private become(after: Shown): Step[] {
    const before = this.shown
    this.shown = after

    return [{ before, after }]
  }
}
