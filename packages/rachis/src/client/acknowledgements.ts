/** How many transactions are remembered that were passed, which an answer may name only later. */
const REMEMBERED = 1000
/** Heartbeats after which a connection that is not told of its transactions takes them as passed: the first may have been on its way. */
const BEATS = 2

interface Waiting {
  readonly resolve: (() => void)[]
  beats: number
}

/** Which transactions the feed has passed, and who waits for that. */
export class Acknowledgements {
  private readonly waiting = new Map<string, Waiting>()
  private readonly passed = new Set<string>()

  has(tx: string): boolean {
    return this.passed.has(tx)
  }

  /** Resolves once everything that the transaction changed is shown. */
  wait(tx: string): Promise<void> {
    return new Promise((resolve) => {
      const entry = this.waiting.get(tx) ?? { resolve: [], beats: 0 }
      entry.resolve.push(resolve)
      this.waiting.set(tx, entry)
    })
  }

  /** The feed has passed it. Who waits goes on with the next `flush`. */
  pass(tx: string) {
    this.passed.add(tx)
    if (this.passed.size > REMEMBERED) this.passed.delete(this.passed.values().next().value!)
  }

  /** @returns whether a transaction is passed by it */
  beat(): boolean {
    const over = [...this.waiting].filter(([, entry]) => ++entry.beats >= BEATS)
    for (const [tx] of over) this.pass(tx)

    return over.length > 0
  }

  /** The connection that would have told of them is gone. What is read from now on is read after they were committed. */
  passAll() {
    for (const tx of this.waiting.keys()) this.pass(tx)
  }

  /** Lets those go on whose transactions are passed and shown. */
  flush() {
    for (const [tx, { resolve }] of this.waiting) {
      if (!this.passed.has(tx)) continue
      this.waiting.delete(tx)
      for (const goOn of resolve) goOn()
    }
  }
}
