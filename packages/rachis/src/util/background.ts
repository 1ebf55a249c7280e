import { randomInt } from 'crypto'
import { setTimeout } from 'timers/promises'
import fastq from 'fastq'

type Work = () => Promise<void>

const AT_ONCE = 4
const UNFINISHED = 1000
/** Milliseconds. */
const SPREAD = 200

/**
 * Runs work that a call does not wait for, so that the time of its answer does not depend on the work. The work begins after a random
 * delay: if it began at once, it would delay the caller's next request by a measurable time. The number of waiting jobs is bounded; more are
 * dropped and logged rather than kept in memory.
 *
 * @example background.run(() => mailer.send(mail))
 */
export class Background {
  private readonly queue = fastq.promise<unknown, Work>((work) => work(), AT_ONCE)
  private readonly unfinished = new Set<Promise<void>>()

  constructor(private readonly onError: (error: unknown) => void) {}

  run(work: Work): void {
    if (this.unfinished.size >= UNFINISHED) return this.onError(new Error('Too much is waiting to be done'))
    const done = setTimeout(randomInt(SPREAD))
      .then(() => this.queue.push(work))
      .catch(this.onError)
    this.unfinished.add(done)
    void done.finally(() => this.unfinished.delete(done))
  }

  /** Resolves once nothing is left to do. */
  async idle(): Promise<void> {
    while (this.unfinished.size > 0) await Promise.all(this.unfinished)
  }
}
