/** Milliseconds before the first repetition of what failed, and at most. */
const DELAY = { first: 100, longest: 10_000 }

/** Half of it by chance: processes that failed together do not come back together. */
const delayAfter = (attempts: number): number =>
  Math.min(DELAY.longest, DELAY.first * 2 ** attempts) * (0.5 + Math.random() / 2)

/** Since when something fails, and the pauses between its repetitions, which grow as long as none gets any further. */
export class Retry {
  /** Milliseconds since 1970 of the first failure; undefined while nothing fails. */
  since?: number
  /** It has failed, and waits before it is tried again. */
  isPaused = false
  private attempts = 0
  private upTo = 0
  private timer?: NodeJS.Timeout

  constructor(private readonly again: () => void) {}

  get isFailing(): boolean {
    return this.since !== undefined
  }

  /** What failed is done once the position is `upTo`; of several failures the first counts. */
  note(upTo: number) {
    if (!this.isFailing) this.upTo = upTo
    this.since ??= Date.now()
  }

  /** What failed is given up: it is done at another place. */
  move(upTo: number) {
    this.upTo = upTo
  }

  pause() {
    this.isPaused = true
    this.timer = setTimeout(() => {
      this.isPaused = false
      this.again()
    }, delayAfter(this.attempts++))
    this.timer.unref()
  }

  resume() {
    clearTimeout(this.timer)
    this.isPaused = false
  }

  /** Something was done, up to this position. Answers after how many seconds, where that was all that had failed. */
  progress(position: number): number | undefined {
    this.attempts = 0
    if (this.since === undefined || position < this.upTo) return undefined
    const seconds = Math.round((Date.now() - this.since) / 1000)
    this.since = undefined

    return seconds
  }

  /** Forgets all failures. */
  clear() {
    this.resume()
    this.since = undefined
    this.attempts = 0
  }
}
