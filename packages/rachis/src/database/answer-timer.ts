/** Milliseconds, beyond the server's own limit, in which its refusal must have arrived. */
const MARGIN = 2000

/**
 * Watches that the statements of one connection are answered. The server ends a statement that takes too long by itself and says
 * so; where even that is not heard, the network between has gone without a word, and nothing else would ever tell.
 *
 * Nearly all statements are answered in a thousandth of their limit. So each of them moves only the moment at which its answer is due, and
 * the timer compares it when it fires: to clear and to set one for each statement would cost more.
 */
export class AnswerTimer {
  private pending = 0
  /** By the clock of `performance`, which nobody sets; Infinity where no answer is waited for. */
  private due = Infinity
  private firesAt = Infinity
  private timer?: NodeJS.Timeout
  private isClosed = false

  /**
   * @param limit milliseconds that the server gives the statement that runs now; 0 for no limit
   * @param onSilence called where no answer came in that time and a little more
   */
  constructor(
    private readonly limit: () => number,
    private readonly onSilence: () => void
  ) {}

  /** A statement was sent. It runs when those before it have been answered, and has its time from then on. */
  sent() {
    this.pending++
    if (this.pending === 1) this.restart()
  }

  answered() {
    this.pending--
    this.restart()
  }

  /** The connection has ended, so that no answer comes any more. A timer would keep it in memory until it fires. */
  close() {
    this.isClosed = true
    this.due = Infinity
    clearTimeout(this.timer)
  }

  private restart() {
    if (this.isClosed) return
    const limit = this.pending > 0 ? this.limit() : 0
    this.due = limit > 0 ? performance.now() + limit + MARGIN : Infinity
    if (this.due < this.firesAt) this.arm()
  }

  /** The socket keeps the process alive while an answer is waited for, and nothing should afterwards. */
  private arm() {
    clearTimeout(this.timer)
    this.firesAt = this.due
    this.timer = setTimeout(() => this.fire(), Math.ceil(this.due - performance.now()))
    this.timer.unref()
  }

  private fire() {
    this.firesAt = Infinity
    if (this.due === Infinity) return
    if (performance.now() < this.due) return this.arm()
    this.due = Infinity
    this.onSilence()
  }
}
