/** A place of the feed that had been read when the primary's log had come to a position. */
export interface Sample {
  readonly place: number
  readonly position: number
  /** When it was taken, in milliseconds. */
  readonly at: number
}

/** Samples that are kept; of more, every second one goes. */
const MOST = 1000

/** How far a copy has come, by what the primary had at times that are known. */
export class Progress {
  private waiting: Sample[] = []
  private reached?: Sample
  /** The position up to which the copy has the primary's log; undefined while it has not said so. */
  replayed?: number

  add(sample: Sample) {
    this.waiting.push(sample)
    if (this.waiting.length > MOST) this.waiting = this.waiting.filter((_, index) => index % 2 === 0)
    this.advance()
  }

  replay(position: number) {
    this.replayed = position
    this.advance()
  }

  /** Forgets everything: positions of another history of the primary mean nothing here. */
  clear() {
    this.waiting = []
    this.reached = this.replayed = undefined
  }

  /** The last place of the feed that the copy is known to have. */
  get place(): number | undefined {
    return this.reached?.place
  }

  /** Milliseconds for which the primary has had what the copy still lacks. */
  lag(now: number): number {
    const [first] = this.waiting
    return first ? now - first.at : 0
  }

  private advance() {
    const { replayed = -1 } = this
    const reached = this.waiting.findLastIndex(({ position }) => position <= replayed)
    if (reached < 0) return
    this.reached = this.waiting[reached]
    this.waiting = this.waiting.slice(reached + 1)
  }
}
