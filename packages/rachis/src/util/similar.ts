import { distance } from 'fastest-levenshtein'

/** Long names are not compared: a client may send any, and the work grows with the product of both lengths. */
const MAX_LENGTH = 64

/** Folds the spellings of one name in other cases: `firstName`, `first-name` and `first_name`, or `gte` and `$gte`. */
const fold = (name: string) => name.toLowerCase().replace(/[-_$ ]/g, '')

/** Two errors in a name of three letters would reach every other such name, and one error in a name of a single letter. */
const slipsIn = (name: string) => (name.length > 3 ? 2 : Math.min(1, name.length - 1))

/**
 * Finds the known name that was probably meant: the nearest one with at most two typing errors, in any case.
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
