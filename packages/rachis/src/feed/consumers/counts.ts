import type { Comparison } from '../../sql/compared'
import { countCompared } from '../../sql/compared'
import type { Database } from '../../sql/database'
import { groupedBy } from '../../util/grouped-by'
import { slicesOf } from '../../util/slices-of'

/** Comparisons that one statement counts, at most: its text is parsed anew each time. */
const AT_ONCE = 100

/** A comparison with a text that is the same for the same comparison, and for no other. */
export interface Countable extends Comparison {
  readonly key: string
}

/**
 * Makes a comparison one that is counted once for all who ask.
 *
 * @example countable({ target, finds, other, both: false, pairs: [] }).key // '["things",{"kind":"true"},…,false,[]]'
 */
export const countable = <C extends Comparison>(comparison: C): C & Countable => {
  const { target, finds, other, both, pairs } = comparison
  return { ...comparison, key: JSON.stringify([target.table, finds, other, both, pairs]) }
}

/**
 * How many records comparisons find. Hundreds of users whose rights change by one statement gain mostly the same, so that each comparison
 * is counted once for all of them, and those of one table together.
 */
export class Counts {
  private readonly known = new Map<string, number>()

  /** @param limit up to which it is counted */
  constructor(
    private readonly database: Database,
    private readonly limit: number
  ) {}

  /** Counts those that are not known yet. Those of a table that cannot be read now stay unknown, and keep no other from being counted. */
  async look(comparisons: readonly Countable[]): Promise<void> {
    const asked = new Map(comparisons.filter(({ key }) => !this.known.has(key)).map((one) => [one.key, one]))
    const statements = groupedBy([...asked.values()], ({ target }) => target.table).flatMap((own) =>
      slicesOf(own, AT_ONCE)
    )
    await Promise.all(statements.map((some) => this.count(some).catch(() => undefined)))
  }

  /** Undefined where it is not known. */
  of({ key }: Countable): number | undefined {
    return this.known.get(key)
  }

  private async count(some: readonly Countable[]) {
    const [row] = await this.database.query(countCompared(some, this.limit))
    const counts = row!.counts as readonly number[]
    for (const [index, { key }] of some.entries()) this.known.set(key, counts[index]!)
  }
}
