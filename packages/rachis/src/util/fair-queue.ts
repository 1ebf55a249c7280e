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

/** The jobs of one holder. */
interface Holder {
  readonly name: unknown
  /** The most that any claim has allowed it. */
  most: number
  /** Jobs that have been asked for and are not done. */
  jobs: number
  running: number
  waiting: number
}
/** A claim whose holders have been looked up, so that each look at a job that waits compares numbers only. */
type Bounds = readonly { readonly holder: Holder; readonly most: number }[]

interface Waiting {
  readonly line: string
  readonly bounds: Bounds
  readonly resolve: () => void
  readonly reject: (error: Error) => void
  timer?: NodeJS.Timeout
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
  /** Those that have jobs. */
  private readonly holders = new Map<unknown, Holder>()
  /** By caller, in the order of their next turns. */
  private readonly lines = new Map<string, Waiting[]>()

  constructor(private readonly options: FairQueueOptions) {}

  /** Jobs that wait. */
  get size(): number {
    return this.waiting
  }

  /** @throws the refusal where too many jobs wait already, where the job lost its place, and where it has waited for too long */
  async run<T>(work: () => Promise<T>, line = '', claim: Claim = []): Promise<T> {
    const bounds = this.enroll(claim)
    try {
      // Jobs that wait lack room for one of their holders. A later job that has room for all of its own does not delay them.
      if (this.fits(bounds)) this.take(bounds)
      else await this.wait(line, bounds)
      try {
        return await work()
      } finally {
        this.release(bounds)
      }
    } finally {
      this.dismiss(bounds)
    }
  }

  private enroll(claim: Claim): Bounds {
    return claim.map(([name, most]) => ({ holder: this.enrollHolder(name, most), most }))
  }

  private enrollHolder(name: unknown, most: number): Holder {
    const known = this.holders.get(name)
    const holder = known ?? { name, most, jobs: 0, running: 0, waiting: 0 }
    if (!known) this.holders.set(name, holder)
    holder.jobs++
    if (holder.most < most) holder.most = most

    return holder
  }

  private dismiss(bounds: Bounds) {
    for (const { holder } of bounds) if (--holder.jobs === 0) this.holders.delete(holder.name)
  }

  private fits(bounds: Bounds): boolean {
    if (this.running >= this.options.capacity) return false
    for (const { holder, most } of bounds) if (holder.running >= most) return false

    return true
  }

  private take(bounds: Bounds) {
    this.running++
    for (const { holder } of bounds) holder.running++
  }

  /** Freed capacity is handed on in the same turn, so that a new job cannot overtake those that wait. */
  private release(bounds: Bounds) {
    this.running--
    for (const { holder } of bounds) holder.running--
    if (this.waiting > 0) this.admitWaiting()
  }

  /**
   * Admits the first job of each line in turn, as far as it fits, and moves that line behind the others. One pass is enough: what did not fit
   * when it was looked at does not fit after others have been admitted either, and lines that were moved come again at its end.
   */
  private admitWaiting() {
    for (const line of this.lines.values()) {
      const first = line[0]!
      if (!this.fits(first.bounds)) continue
      this.admit(first, line)
      if (this.isExhausted(first.bounds)) return
    }
  }

  private admit(first: Waiting, line: Waiting[]) {
    this.leave(first)
    if (this.lines.delete(first.line)) this.lines.set(first.line, line)
    this.take(first.bounds)
    first.resolve()
  }

  /** Whether no job can be admitted now that one of these bounds has been: each that waits needs what is used up. */
  private isExhausted(bounds: Bounds): boolean {
    if (this.running >= this.options.capacity) return true
    for (const { holder } of bounds)
      if (holder.waiting === this.waiting && holder.running >= holder.most) return true

    return false
  }

  private leave(waiting: Waiting) {
    clearTimeout(waiting.timer)
    const line = this.lines.get(waiting.line)!
    if (line[0] === waiting) line.shift()
    else line.splice(line.indexOf(waiting), 1)
    if (line.length === 0) this.lines.delete(waiting.line)
    this.waiting--
    for (const { holder } of waiting.bounds) holder.waiting--
  }

  private refuse(waiting: Waiting, reason: 'full' | 'timeout') {
    this.leave(waiting)
    waiting.reject(this.options.refusal(reason))
  }

  private wait(line: string, bounds: Bounds): Promise<void> {
    const { queue, queuePerHolder = Infinity, refusal } = this.options
    for (const { holder } of bounds) if (holder.waiting >= queuePerHolder) throw refusal('full')
    if (this.waiting >= queue) this.makeRoom(line)

    return new Promise((resolve, reject) => this.enter({ line, bounds, resolve, reject }))
  }

  private enter(waiting: Waiting) {
    const { timeout } = this.options
    if (timeout !== undefined) waiting.timer = setTimeout(() => this.refuse(waiting, 'timeout'), timeout)
    const line = this.lines.get(waiting.line)
    if (line) line.push(waiting)
    else this.lines.set(waiting.line, [waiting])
    this.waiting++
    for (const { holder } of waiting.bounds) holder.waiting++
  }

  /** Takes the last place of the longest line, unless that is the line that asks. */
  private makeRoom(name: string) {
    const own = this.lines.get(name)?.length ?? 0
    const lines = [...this.lines.values()]
    const longest = lines.reduce((most, line) => (line.length > most.length ? line : most), lines[0] ?? [])
    if (longest.length <= own + 1) throw this.options.refusal('full')
    this.refuse(longest.at(-1)!, 'full')
  }
}
