import fc from 'fast-check'
import type { Arbitrary } from 'fast-check'

/** All that is random in a test comes from one seed. @see https://github.com/bryc/code/blob/master/jshash/PRNGs.md#mulberry32 */
export class Dice {
  constructor(private state: number) {}

  private next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0
    let bits = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state)
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits

    return ((bits ^ (bits >>> 14)) >>> 0) / 4294967296
  }

  /** A whole number from 0 to below the limit. */
  below(limit: number): number {
    return Math.floor(this.next() * limit)
  }

  chance(probability: number): boolean {
    return this.next() < probability
  }

  pick<T>(items: readonly T[]): T {
    if (items.length === 0) throw new Error('There is nothing to pick from')
    return items[this.below(items.length)]!
  }

  some<T>(items: readonly T[], probability = 0.5): T[] {
    return items.filter(() => this.chance(probability))
  }

  /** A value of a fast-check arbitrary. */
  value<T>(arbitrary: Arbitrary<T>): T {
    return fc.sample(arbitrary, { numRuns: 1, seed: this.below(2 ** 31) })[0]!
  }
}

/** Runs a random test; its failure tells the seed, what was done last, and what failed: Mocha's parallel runs show no cause of an error. */
export const seeded = async (seed: number, work: (dice: Dice, log: string[]) => Promise<void>) => {
  const log: string[] = []
  try {
    await work(new Dice(seed), log)
  } catch (error) {
    const last = log.slice(-12).map((line) => `  ${line.slice(0, 400)}`)
    const message = `CONFORMANCE_SEED=${seed}, after ${log.length} steps:\n${last.join('\n')}\n${String(error).slice(0, 4000)}`
    throw new Error(message, { cause: error })
  }
}
