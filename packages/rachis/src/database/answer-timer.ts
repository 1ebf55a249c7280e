/** Milliseconds, beyond the server's own limit, in which its refusal must have arrived. */
const MARGIN = 2000

/**
 * Watches that the statements of one connection are answered. The server ends a statement that takes too long by itself and says
 * so; where even that is not heard, the network between has gone without a word, and nothing else would ever tell.
 */
export class AnswerTimer {
  private pending = 0
  private timer?: NodeJS.Timeout

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

  private restart() {
    clearTimeout(this.timer)
    const limit = this.limit()
    if (this.pending > 0 && limit > 0) this.timer = setTimeout(this.onSilence, limit + MARGIN)
  }
}
