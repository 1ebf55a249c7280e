import type { Audience } from '../rules/audience'
import type { Asked } from '../rules/shape'
import { Asking } from './asking'
import type { Realtime } from './consumers/realtime'
import type { Feed } from './feed'

interface WaitersOptions {
  readonly feed: Feed
  readonly realtime: Realtime
  readonly audience: Audience
}

/** What a look has come to: an answer, or the id behind which it is to be looked again, and the answer where time is over. */
export type Look<T> = { readonly found: T } | { readonly again: number; readonly last: T }

/** Has those wait who have everything, until something is told that they ask for: each event costs what its receivers cost. */
export class PollWaiters {
  /** By the id that ends what they may be told. All who wait are at the present, so that these are few. */
  private readonly byEnd = new Map<number, Set<() => void>>()
  private isStopped = false

  constructor(private readonly options: WaitersOptions) {
    options.feed.on('position', (cursor: number) => this.pass(cursor))
  }

  /** Looks at once, and whenever there may be something, until an answer is found or the time is over. */
  async until<T>(asked: readonly Asked[], wait: number, look: () => Promise<Look<T>>): Promise<T> {
    const { realtime, audience } = this.options
    let wake = () => {}
    const subscriber = { audience, asks: Asking.of(asked, null), send: () => wake() }
    const overAt = Date.now() + wait
    // What is told while it looks is not missed: it was joined before.
    realtime.join(subscriber)
    try {
      for (;;) {
        const woken = new Promise<void>((resolve) => (wake = resolve))
        const seen = await look()
        if ('found' in seen) return seen.found
        const left = overAt - Date.now()
        if (this.isStopped || left <= 0) return seen.last
        await this.sleep(woken, wake, { end: seen.again, left })
      }
    } finally {
      realtime.leave(subscriber)
    }
  }

  stop() {
    this.isStopped = true
    this.pass(Infinity)
  }

  private async sleep(woken: Promise<void>, wake: () => void, { end, left }: { end: number; left: number }) {
    const timer = setTimeout(wake, left)
    const others = this.byEnd.get(end) ?? new Set()
    this.byEnd.set(end, others.add(wake))
    await woken
    clearTimeout(timer)
    others.delete(wake)
    if (others.size === 0 && this.byEnd.get(end) === others) this.byEnd.delete(end)
  }

  private pass(cursor: number) {
    for (const [end, wakes] of this.byEnd) if (end <= cursor) for (const wake of wakes) wake()
  }
}
