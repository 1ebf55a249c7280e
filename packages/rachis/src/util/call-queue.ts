/** How much of one connection may run and wait. */
export interface QueueBounds {
  /** Calls that run at once. */
  readonly atOnce: number
  /** Calls that begin in one turn of the event loop: a packet of 1 MB may hold thousands. */
  readonly perTurn: number
  /** Calls that wait behind those that run. */
  readonly waiting: number
  /** Bytes of what runs and waits. */
  readonly bytes: number
}

type Begin = (done: () => void) => void
interface Waiting {
  readonly begin: Begin
  readonly bytes: number
}

/**
 * The calls of one connection, in their order: a few begin in each turn of the event loop, so that calls of others run in between, and
 * the next begin as the first are answered.
 *
 * @example
 * const queue = new CallQueue({ atOnce: 100, perTurn: 10, waiting: 1000, bytes: 2 ** 25 })
 * queue.add(20, (done) => void answer().finally(done)) // true; false where too much waits already
 */
export class CallQueue {
  private readonly waiting: Waiting[] = []
  private running = 0
  private begun = 0
  private bytes = 0
  private isScheduled = false

  constructor(private readonly bounds: QueueBounds) {}

  /** How many calls have not begun. */
  get size(): number {
    return this.waiting.length
  }

  /** @returns whether the call was taken; one that was not is never begun */
  add(bytes: number, begin: Begin): boolean {
    const isFull = this.waiting.length >= this.bounds.waiting || this.bytes + bytes > this.bounds.bytes
    if (isFull) return false
    this.bytes += bytes
    this.waiting.push({ begin, bytes })
    this.advance()

    return true
  }

  /** Drops what has not begun. */
  clear() {
    this.waiting.length = 0
  }

  private advance() {
    const { atOnce, perTurn } = this.bounds
    while (this.waiting.length > 0 && this.running < atOnce && this.begun < perTurn) this.beginNext()
    if (this.begun > 0 && !this.isScheduled) {
      this.isScheduled = true
      setImmediate(() => this.nextTurn())
    }
  }

  private nextTurn() {
    this.isScheduled = false
    this.begun = 0
    this.advance()
  }

  private beginNext() {
    const { begin, bytes } = this.waiting.shift()!
    let isDone = false
    this.begun += 1
    this.running += 1
    begin(() => {
      if (isDone) return
      isDone = true
      this.running -= 1
      this.bytes -= bytes
      this.advance()
    })
  }
}
