interface FairQueueOptions {
  /** The number of jobs that run at once. */
  readonly capacity: number
  /** The number of jobs that may wait in all. */
  readonly queue: number
  /** The number of jobs that may wait on behalf of one holder; by default as many as fit. */
  readonly queuePerHolder?: number
  /** Milliseconds that a job waits at most; by default it waits for ever. */
  readonly timeout?: number
  /** Makes the error of a job that has no room to wait (`full`), or has waited for too long (`timeout`). */
  readonly refusal: (reason: 'full' | 'timeout') => Error
}

/** The holders that a job counts for, such as an address, a user, a socket or a table, and how much of the capacity each may hold. */
export type Claim = readonly (readonly [holder: unknown, most: number])[]

interface Waiting {
  readonly claim: Claim
  readonly admit: () => void
  readonly refuse: (reason: 'full' | 'timeout') => void
}

/**
 * A counting semaphore with a bounded queue that is fair between callers. Each caller waits in a line of its own, and the lines take
 * turns. Where the queue is full, the longest line gives up its last place, so that a flood from one address costs nobody
 * else. A claim also bounds how much of the capacity a holder has at once.
 *
 * @example
 * const queue = new FairQueue({ capacity: 2, queue: 50, refusal: () => new ApiError('UNAVAILABLE') })
 * await queue.run(() => bcrypt.hash(password, 12), '203.0.113.9')
 * await queue.run(() => find(), '203.0.113.9', [['203.0.113.9', 6], ['table tasks', 4]])
 */
export class FairQueue {
  private running = 0
  private waiting = 0
  private readonly held = new Map<unknown, number>()
  private readonly queued = new Map<unknown, number>()
  /** By caller, in the order of their next turns. */
  private readonly lines = new Map<string, Waiting[]>()

  constructor(private readonly options: FairQueueOptions) {}

  /** Jobs that wait. */
  get size(): number {
    return this.waiting
  }

  /** @throws the refusal where too many jobs wait already, where the job lost its place, and where it has waited for too long */
  async run<T>(work: () => Promise<T>, line = '', claim: Claim = []): Promise<T> {
    // Jobs that wait lack room for one of their holders. A later job that has room for all of its own does not delay them.
    if (this.fits(claim)) this.take(claim)
    else await this.wait(line, claim)
    try {
      return await work()
    } finally {
      this.release(claim)
    }
  }

  private fits(claim: Claim): boolean {
    return (
      this.running < this.options.capacity &&
      claim.every(([holder, most]) => (this.held.get(holder) ?? 0) < most)
    )
  }

  private take(claim: Claim) {
    this.running++
    for (const [holder] of claim) add(this.held, holder, 1)
  }

  /** Freed capacity is handed on in the same turn, so that a new job cannot overtake those that wait. */
  private release(claim: Claim) {
    this.running--
    for (const [holder] of claim) add(this.held, holder, -1)
    while (this.waiting > 0 && this.admitNext());
  }

  /** Admits the first job of the first line whose job fits, and moves that line behind the others. */
  private admitNext(): boolean {
    for (const [name, line] of this.lines) {
      const [first] = line
      if (!first || !this.fits(first.claim)) continue
      this.leave(name, first)
      if (this.lines.delete(name)) this.lines.set(name, line)
      this.take(first.claim)
      first.admit()
      return true
    }

    return false
  }

  private leave(name: string, waiting: Waiting) {
    const line = this.lines.get(name)!
    line.splice(line.indexOf(waiting), 1)
    if (line.length === 0) this.lines.delete(name)
    this.waiting--
    for (const [holder] of waiting.claim) add(this.queued, holder, -1)
  }

  private wait(name: string, claim: Claim): Promise<void> {
    const { queue, queuePerHolder = Infinity, timeout, refusal } = this.options
    if (claim.some(([holder]) => (this.queued.get(holder) ?? 0) >= queuePerHolder)) throw refusal('full')
    if (this.waiting >= queue) this.makeRoom(name)

    return new Promise<void>((resolve, reject) => {
      const waiting: Waiting = {
        claim,
        admit: () => (clearTimeout(timer), resolve()),
        refuse: (reason) => (clearTimeout(timer), this.leave(name, waiting), reject(refusal(reason)))
      }
      const timer = timeout === undefined ? undefined : setTimeout(() => waiting.refuse('timeout'), timeout)
      this.enter(name, waiting)
    })
  }

  private enter(name: string, waiting: Waiting) {
    const line = this.lines.get(name)
    if (line) line.push(waiting)
    else this.lines.set(name, [waiting])
    this.waiting++
    for (const [holder] of waiting.claim) add(this.queued, holder, 1)
  }

  /** Takes the last place of the longest line, unless that is the line that asks. */
  private makeRoom(name: string) {
    const own = this.lines.get(name)?.length ?? 0
    const lines = [...this.lines.values()]
    const longest = lines.reduce((most, line) => (line.length > most.length ? line : most), lines[0] ?? [])
    if (longest.length <= own + 1) throw this.options.refusal('full')
    longest.at(-1)!.refuse('full')
  }
}

const add = (counts: Map<unknown, number>, holder: unknown, difference: number) => {
  const count = (counts.get(holder) ?? 0) + difference
  if (count === 0) counts.delete(holder)
  else counts.set(holder, count)
}
