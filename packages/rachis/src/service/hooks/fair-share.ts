import { ApiError } from '../../errors/errors'

export interface FairShareOptions {
  /** How many calls may work with the database at once. */
  readonly capacity: number
  /** How many may wait on behalf of one holder; ten times as many in all. */
  readonly queue: number
  /** Milliseconds that a call waits at most. */
  readonly patience: number
}

/** Whom a call counts for, and how much of the capacity they may hold: an address, a user, a socket, a table. */
export type Claim = readonly (readonly [holder: unknown, most: number])[]

interface Waiting {
  readonly claim: Claim
  readonly admit: () => void
}

const CALLERS = 10

const overloaded = (message: string) =>
  new ApiError('OVERLOADED', { message, headers: { 'Retry-After': '2' } })

/**
 * Lets calls to the database in front of its pool, so that no holder has more than a part of it: what is slow or locked keeps those
 * waiting who asked for it. Who has to wait waits in a line of its own, and the lines take turns.
 *
 * @example
 * const shares = new FairShare({ capacity: 8, queue: 200, patience: 8000 })
 * await shares.run('203.0.113.9 tasks', [['203.0.113.9', 6], ['table tasks', 4]], () => find())
 */
export class FairShare {
  private running = 0
  private waiting = 0
  private readonly held = new Map<unknown, number>()
  private readonly queued = new Map<unknown, number>()
  private readonly lines = new Map<string, Waiting[]>()

  constructor(private readonly options: FairShareOptions) {}

  /** @throws OVERLOADED with Retry-After where too many wait already, or it would wait for too long */
  async run<T>(line: string, claim: Claim, work: () => Promise<T>): Promise<T> {
    // Whoever waits is short of room for something: coming later and having room for all is no pushing in.
    if (this.fits(claim)) this.take(claim)
    else await this.wait(line, claim)
    try {
      return await work()
    } finally {
      this.giveBack(claim)
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

  private giveBack(claim: Claim) {
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
      const rest = this.lines.get(name)
      if (rest) {
        this.lines.delete(name)
        this.lines.set(name, rest)
      }
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

  private async wait(name: string, claim: Claim): Promise<void> {
    const { queue, patience } = this.options
    if (this.waiting >= CALLERS * queue || claim.some(([holder]) => (this.queued.get(holder) ?? 0) >= queue))
      throw overloaded('Too many calls are waiting for the database')
    await new Promise<void>((resolve, reject) => {
      const waiting = { claim, admit: () => (clearTimeout(timer), resolve()) }
      const timer = setTimeout(() => {
        this.leave(name, waiting)
        reject(overloaded('The database was busy for too long'))
      }, patience)
      this.waiting++
      for (const [holder] of claim) add(this.queued, holder, 1)
      const line = this.lines.get(name)
      if (line) line.push(waiting)
      else this.lines.set(name, [waiting])
    })
  }
}

const add = (counts: Map<unknown, number>, holder: unknown, difference: number) => {
  const count = (counts.get(holder) ?? 0) + difference
  if (count === 0) counts.delete(holder)
  else counts.set(holder, count)
}
