import { LRUCache } from 'lru-cache'
import type { Row } from '../sql/database'
import type { TextBody, TextRead } from './text-statements'

/** Characters of all pages that are kept: each is in memory up to three times, as PostgreSQL wrote it, as a text and as bytes. */
const MOST = 4 * 1024 * 1024
/** Characters of one page at most, so that a few long ones do not take the place of all others. */
const LONGEST = MOST / 16

type BodyOf = TextRead['bodyOf']

/** A page, and the row that PostgreSQL answered it by. */
interface KeptPage {
  readonly row: Row
  readonly body: TextBody
}

/** Rows of one statement have the same columns. */
const isSame = (row: Row, other: Row | undefined): boolean =>
  other !== undefined && Object.keys(row).every((name) => row[name] === other[name])

/**
 * The last page of each read that is kept. PostgreSQL is asked each time, and where it writes the same text as the last time, the answer
 * that was made of it is the answer again, with its bytes and its digest: two texts are compared in about a microsecond, and it takes fifty
 * and more to spell the values of one, to encode it and to hash it. A page is kept once it was the same twice in turn: the texts of a list that changes from
 * one read to the next would only grow old in memory. Pages that were not asked for the longest leave first.
 */
export class KeptPages {
  private readonly pages = new LRUCache<BodyOf, KeptPage>({
    maxSize: MOST,
    maxEntrySize: LONGEST,
    sizeCalculation: ({ body }) => body.text.length + 1
  })

  /**
   * The same function, which gives the same object for the same row from its third time on.
   *
   * @example const bodyOf = pages.keeping(read.bodyOf) // bodyOf(rows); bodyOf(rows) === bodyOf(rows)
   */
  keeping(bodyOf: BodyOf): BodyOf {
    let last: string | undefined

    return (rows) => {
      const [row] = rows
      const kept = this.pages.get(bodyOf)
      if (kept && isSame(kept.row, row)) return kept.body
      const body = bodyOf(rows)
      const digest = body.encoded?.digest
      if (row && digest !== undefined && digest === last) this.pages.set(bodyOf, { row, body })
      last = digest

      return body
    }
  }
}
