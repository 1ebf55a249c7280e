/** Calls of one connection that run at once. The pool of connections has smaller shares; this bounds what waits for those. */
const AT_ONCE = 100
/** Calls that begin before others have their turn: a packet of 1 MB may hold thousands. */
const PER_TURN = 10
/** What one connection may have unanswered. */
const MAX_WAITING = 1000
const MAX_BYTES = 32 * 2 ** 20

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
 * const queue = new CallQueue()
 * queue.add(20, (done) => void answer().finally(done)) // true; false where too much waits already
 */
export class CallQueue {
  private readonly waiting: Waiting[] = []
  private running = 0
  private begun = 0
  private bytes = 0
  private isScheduled = false

  /** @returns whether the call was taken; one that was not is never begun */
  add(bytes: number, begin: Begin): boolean {
    if (this.waiting.length >= MAX_WAITING || this.bytes + bytes > MAX_BYTES) return false
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
    while (this.waiting.length > 0 && this.running < AT_ONCE && this.begun < PER_TURN) this.beginNext()
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
