import { distance } from 'fastest-levenshtein'

/** Long names are not compared: a client may send any, and the work grows with the product of both lengths. */
const MAX_LENGTH = 64

/** Spellings of one name in other cases: `firstName`, `first-name` and `first_name`, or `gte` and `$gte`. */
const fold = (name: string) => name.toLowerCase().replace(/[-_$ ]/g, '')

/** In a name of three letters two slips would reach any other, and in one of a single letter already one. */
const slipsIn = (name: string) => (name.length > 3 ? 2 : Math.min(1, name.length - 1))

/**
 * The known name that was probably meant: one at most two slips away, in whichever case it is written.
 *
 * @example
 * similar('titel', ['id', 'title']) // 'title'
 * similar('dueDate', ['due_date']) // 'due_date'
 * similar('colour', ['title']) // undefined
 */
export const similar = (name: string, known: Iterable<string>): string | undefined => {
  if (name.length > MAX_LENGTH) return undefined
  const folded = fold(name)
  const limit = slipsIn(folded)
  const near = [...known]
    .map((word) => [word, distance(folded, fold(word))] as const)
    .filter(([, slips]) => slips <= limit)

  return near.sort(([, a], [, b]) => a - b)[0]?.[0]
}
