const SECOND = 1000
const secondsNow = () => Math.floor(Date.now() / SECOND)

export interface ExpiryOptions<T> {
  /** How many seconds before its end an item is announced; 0 announces none. */
  readonly warning: number
  readonly onWarning: (item: T, secondsLeft: number) => void
  readonly onEnd: (item: T) => void
}
interface Entry<T> {
  readonly item: T
  readonly end: number
}

/**
 * Announces the ends of items, which are given in seconds since 1970. All items share one timer, which runs while there are any. An
 * entry costs a place in the list of its second, once for the warning and once for the end.
 *
 * @example
 * const expiry = new Expiry({ warning: 60, onWarning: warn, onEnd: close })
 * expiry.set(socket, claims.exp)
 */
export class Expiry<T extends object> {
  private readonly bySecond = new Map<number, Set<Entry<T>>>()
  private readonly placed = new Map<T, { second: number; entry: Entry<T> }>()
  private timer?: NodeJS.Timeout

  constructor(private readonly options: ExpiryOptions<T>) {}

  /** Replaces the end that was set before. An item that ends within the time of the warning is announced at once. */
  set(item: T, end: number) {
    this.delete(item)
    this.place({ item, end }, end - this.options.warning)
    this.schedule()
  }

  delete(item: T) {
    const known = this.placed.get(item)
    if (!known) return
    this.placed.delete(item)
    const entries = this.bySecond.get(known.second)
    entries?.delete(known.entry)
    if (entries?.size === 0) this.bySecond.delete(known.second)
  }

  stop() {
    clearTimeout(this.timer)
    this.timer = undefined
    this.bySecond.clear()
    this.placed.clear()
  }

  private place(entry: Entry<T>, second: number) {
    const entries = this.bySecond.get(second) ?? new Set()
    this.bySecond.set(second, entries.add(entry))
    this.placed.set(entry.item, { second, entry })
  }

  /** The timer fires shortly after the next full second, since ends are full seconds. */
  private schedule() {
    if (this.timer || this.placed.size === 0) return
    this.timer = setTimeout(() => this.tick(), SECOND + 1 - (Date.now() % SECOND))
    this.timer.unref()
  }

  /** Handles everything that is due, also what became due while the process was suspended. */
  private tick() {
    this.timer = undefined
    const now = secondsNow()
    const due = [...this.bySecond].filter(([second]) => second <= now)
    for (const [, entries] of due) for (const entry of [...entries]) this.reach(entry, now)
    this.schedule()
  }

  private reach(entry: Entry<T>, now: number) {
    const { item, end } = entry
    this.delete(item)
    if (end <= now) return this.options.onEnd(item)
    this.place(entry, end)
    this.options.onWarning(item, end - now)
  }
}
