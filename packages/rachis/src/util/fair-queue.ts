import type { ApiError } from '../errors/errors'

interface FairQueueOptions {
  /** How many work at once. */
  readonly capacity: number
  /** How many may wait in all. */
  readonly queue: number
  /** How many may wait on behalf of one holder; as many as fit by default. */
  readonly queuePerHolder?: number
  /** Milliseconds that one waits at most; for ever by default. */
  readonly timeout?: number
  /** The error for whom there is no room to wait, and for who has waited for too long. */
  readonly refusal: (reason: 'full' | 'timeout') => ApiError
}

/** Whom work counts for, and how much of the capacity each of them may hold: an address, a user, a socket, a table. */
export type Claim = readonly (readonly [holder: unknown, most: number])[]

interface Waiting {
  readonly claim: Claim
  readonly admit: () => void
  readonly refuse: (reason: 'full' | 'timeout') => void
}

/**
 * A counting semaphore with a bounded queue that is fair between callers. Each caller waits in a line of its own, and the lines take
 * turns. Where the queue is full, whoever has most waiting gives up a place, so that a flood from one address is refused at its own
 * cost and nobody else's. A claim bounds besides how much of the capacity a holder has at once.
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

  /** @throws the refusal where too many wait already, for whom a place was given up, and for who has waited for too long */
  async run<T>(work: () => Promise<T>, line = '', claim: Claim = []): Promise<T> {
    // Whoever waits is short of room for something: coming later and having room for all is no pushing in.
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

  /** What is free goes on without being free in between: nobody who comes just then is before those who wait. */
  private release(claim: Claim) {
    this.running--
    for (const [holder] of claim) add(this.held, holder, -1)
    while (this.waiting > 0 && this.admitNext());
  }

  /** The first line whose first call fits, which then stands behind the others. */
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

  /** Takes the last place of the line with most of them, unless that is the one that asks. */
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
