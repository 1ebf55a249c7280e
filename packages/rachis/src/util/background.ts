import { randomInt } from 'crypto'

type Work = () => Promise<void>

const AT_ONCE = 4
const WAITING = 1000
/** Milliseconds. */
const SPREAD = 200

/**
 * Work that a call does not wait for, so that its answer takes as long whatever there is to do. It begins after a while by chance: at
 * once, it would hold up the caller's next request, by as long as it takes. Bounded: beyond so many it is
 * dropped, and told of, rather than kept in memory.
 *
 * @example background.run(() => mailer.send(mail))
 */
export class Background {
  private readonly waiting: Work[] = []
  private readonly idling = new Set<() => void>()
  private running = 0

  constructor(private readonly onError: (error: unknown) => void) {}

  run(work: Work): void {
    if (this.waiting.length >= WAITING) return this.onError(new Error('Too much is waiting to be done'))
    this.waiting.push(work)
    setTimeout(() => this.next(), randomInt(SPREAD))
  }

  private next(): void {
    if (this.running >= AT_ONCE) return
    const work = this.waiting.shift()
    if (!work) return
    this.running++
    void work()
      .catch(this.onError)
      .finally(() => {
        this.running--
        this.next()
        if (this.running + this.waiting.length === 0) for (const tell of this.idling) tell()
      })
  }

  /** Resolves once nothing is left to do. */
  async idle(): Promise<void> {
    if (this.running + this.waiting.length === 0) return
    await new Promise<void>((resolve) => this.idling.add(resolve))
    this.idling.clear()
  }
}
