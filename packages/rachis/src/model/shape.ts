/** Half of a pair of UTF-16 that stands alone; `isWellFormed` knows it faster than an expression with a property of Unicode. */
const hasHalfPair = (text: string): boolean => !(text as WellFormed).isWellFormed()

/** Of ECMAScript 2024, which Node 20 has and the types of 2023 do not. */
type WellFormed = string & { isWellFormed(): boolean }

/** Why PostgreSQL cannot keep a text, in a column or within JSON; undefined where it can. */
export const textProblem = (text: string): string | undefined => {
  if (text.includes('\0')) return 'must not contain the character U+0000'

  return hasHalfPair(text) ? 'must not contain half of a surrogate pair' : undefined
}

const scalarProblem = (value: unknown): string | undefined => {
  if (typeof value === 'string') return textProblem(value)

  return typeof value === 'number' && !Number.isFinite(value)
    ? 'must not contain a number that large'
    : undefined
}

const MAX_DEPTH = 32

const problemIn = (value: unknown, left: number): string | undefined => {
  if (typeof value !== 'object' || value === null) return scalarProblem(value)
  if (ArrayBuffer.isView(value)) return 'must not contain bytes'
  if (left < 0) return `must not nest more than ${MAX_DEPTH} deep`

  return Array.isArray(value) ? problemInList(value, left - 1) : problemInObject(value, left - 1)
}

const problemInList = (list: readonly unknown[], left: number): string | undefined => {
  for (const item of list) {
    const problem = problemIn(item, left)
    if (problem) return problem
  }

  return undefined
}

/** Not by entries: a list of them would be made of what is refused at its first key. */
const problemInObject = (value: object, left: number): string | undefined => {
  for (const key in value) {
    const problem = memberProblem(key, (value as Record<string, unknown>)[key], left)
    if (problem) return problem
  }

  return undefined
}

/**
 * What is wrong with the shape of one member of an object, its key included; undefined where nothing is.
 *
 * @param left how much deeper its value may nest
 * @example memberProblem('title', 'a\0b') // 'must not contain the character U+0000'
 */
export const memberProblem = (key: string, value: unknown, left = MAX_DEPTH - 1): string | undefined => {
  if (key === '__proto__') return 'must not have a key __proto__'

  return textProblem(key) ?? problemIn(value, left)
}

/**
 * What no schema says: PostgreSQL keeps no NUL and no half character, JSON has no infinity (1e400 would come back as null), a
 * key `__proto__` is never meant well, and JSON nested thousands deep would overflow the stack of whoever serialises it later.
 *
 * @returns the first problem in words, or undefined
 * @example shapeProblem({ title: 'a\0b' }) // 'must not contain the character U+0000'
 */
export const shapeProblem = (value: unknown): string | undefined => problemIn(value, MAX_DEPTH)
