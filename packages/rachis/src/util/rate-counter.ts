/** A number of requests that one caller may make within a window. */
export interface RatePolicy {
  /** As headers name it, such as `address` or `tasks.create`. */
  readonly name: string
  readonly requests: number
  /** Seconds. */
  readonly window: number
}

/** How much of a policy somebody has used. */
export interface RateCount {
  readonly used: number
  /** Milliseconds since 1970 at which the window ends and the count begins anew. */
  readonly until: number
}

/** Counts requests: in memory at once, elsewhere later. */
export interface RateCounter {
  /** Counts further requests of a subject. The window begins with the first one. */
  add(policy: RatePolicy, subject: string, cost: number): RateCount | Promise<RateCount>
  /** Takes requests back that were counted and then refused. */
  refund(policy: RatePolicy, subject: string, cost: number): void
}

/** Subjects of one policy. Somebody who calls from more networks than that pushes out those that were counted first. */
const MAX_SUBJECTS = 100_000

type Counts = Map<string, { used: number; readonly until: number }>

/** Removes what is over. Windows of one policy end in the order in which they began, so the first that is not over ends the search. */
const forgetPast = (counts: Counts, now: number) => {
  for (const [subject, { until }] of counts) {
    if (until > now && counts.size < MAX_SUBJECTS) return
    counts.delete(subject)
  }
}

/**
 * Counts in this process, without a promise and without a timer for each subject.
 *
 * @example new MemoryRateCounter().add({ name: 'address', requests: 100, window: 60 }, '203.0.113.9', 1) // { used: 1, until: 1796000000000 }
 */
export class MemoryRateCounter implements RateCounter {
  private readonly byPolicy = new Map<string, Counts>()

  /** @param now milliseconds since 1970 */
  constructor(private readonly now: () => number = Date.now) {}

  add({ name, window }: RatePolicy, subject: string, cost: number): RateCount {
    const counts = this.countsOf(name)
    const now = this.now()
    const known = counts.get(subject)
    if (known && known.until > now) {
      known.used += cost
      return known
    }
    counts.delete(subject)
    forgetPast(counts, now)
    const count = { used: cost, until: now + window * 1000 }
    counts.set(subject, count)

    return count
  }

  refund({ name }: RatePolicy, subject: string, cost: number): void {
    const known = this.countsOf(name).get(subject)
    if (known) known.used = Math.max(0, known.used - cost)
  }

  private countsOf(name: string): Counts {
    const known = this.byPolicy.get(name)
    if (known) return known
    const counts: Counts = new Map()
    this.byPolicy.set(name, counts)

    return counts
  }
}
