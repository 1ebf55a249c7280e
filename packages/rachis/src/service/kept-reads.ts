import { grownCache } from '../util/grown-cache'
import { KeptPages } from './kept-pages'
import type { AccessParams } from './service-params'
import type { TextRead } from './text-statements'

/** Reads that are kept at most, of all callers together: each has the text of its statement, some kilobytes. */
const MOST = 1000
/** Characters of what is asked for at most: pages ask the same short query again, and generated ones rarely come twice. */
const LONGEST = 500

/**
 * Reads that were prepared before, by what the caller may read and what they ask for. To read a query, to work out its statement and
 * to write the SQL takes longer than all else that a list costs but its rows, and clients ask the same lists again and again.
 *
 * Rights that change make another `AccessParams`, so that what was prepared under the old ones is not found any more, and leaves when others
 * take its place.
 */
export class KeptReads {
  private readonly reads = grownCache<TextRead>(MOST)
  private readonly pages = new KeptPages()
  private readonly numbers = new WeakMap<AccessParams, number>()
  private accesses = 0

  /**
   * @param asked what is asked for, in a text; undefined where that is not known before the query is read
   * @param prepare makes the read where it is not kept; what it throws, and undefined, is kept nowhere
   */
  of(
    access: AccessParams,
    asked: string | undefined,
    prepare: () => TextRead | undefined
  ): TextRead | undefined {
    if (asked === undefined || asked.length > LONGEST) return prepare()
    const key = `${this.numberOf(access)} ${asked}`
    const known = this.reads.get(key)
    if (known) return known
    const read = prepare()
    if (!read) return undefined
    const kept = { ...read, bodyOf: this.pages.keeping(read.bodyOf) }
    this.reads.set(key, kept)

    return kept
  }

  private numberOf(access: AccessParams): number {
    const known = this.numbers.get(access)
    if (known !== undefined) return known
    this.numbers.set(access, ++this.accesses)

    return this.accesses
  }
}
