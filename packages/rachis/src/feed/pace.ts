/** Milliseconds between looks where writes follow each other: those in between are read together. The first is read at once. */
export const SPACING = 20
/** Milliseconds between looks that nobody asked for, where writers tell of what they wrote. */
const RARE = 1000
/** Milliseconds for which those may write again who have just written and tell nobody, as SQL run by hand does. */
const UNTOLD_FOR = 10_000

export interface PaceOptions {
  /** Milliseconds between looks at the table where nobody wakes the feed. */
  readonly pollInterval: number
  /** Whether other processes tell this one now when they have written, so that it may look less often. */
  readonly isTold?: () => boolean
}

/** When the feed looks at its table: seldom, where it is told of what is written, and never more often than pays. */
export class Pace {
  private lookedAt = -Infinity
  private untoldAt = -Infinity

  constructor(private readonly options: PaceOptions) {}

  /** A look begins. */
  look() {
    this.lookedAt = performance.now()
  }

  /** A look that nobody asked for has found something. */
  foundUntold() {
    this.untoldAt = performance.now()
  }

  /** Milliseconds until somebody who asks is looked for. */
  get untilNext(): number {
    return Math.max(0, this.lookedAt + SPACING - performance.now())
  }

  /** Milliseconds until the next look that nobody asks for. */
  get pause(): number {
    const { pollInterval, isTold = () => false } = this.options
    const isRare = isTold() && performance.now() - this.untoldAt > UNTOLD_FOR

    return isRare ? Math.max(RARE, pollInterval) : pollInterval
  }
}
