/** Quotes, colon and comma of a key. */
const AROUND_KEY = 4

/** What is left of a number of characters once a value is written; it stops where nothing is. */
const afterWriting = (value: unknown, left: number): number => {
  if (typeof value === 'string') return left - value.length - 2
  if (typeof value !== 'object' || value === null) return left - 1
  let rest = left
  if (Array.isArray(value)) {
    for (const item of value as unknown[]) {
      rest = afterWriting(item, rest - 1)
      if (rest < 0) return rest
    }
    return rest
  }
  for (const key in value) {
    rest = afterWriting((value as Record<string, unknown>)[key], rest - key.length - AROUND_KEY)
    if (rest < 0) return rest
  }

  return rest
}

/**
 * Whether a value that came as JSON takes more characters as JSON than this. What is far larger is not written to find out.
 *
 * @example isLongerAsJson({ a: 1 }, 7) // false: {"a":1}
 */
export const isLongerAsJson = (value: unknown, limit: number): boolean =>
  // The brackets make up for the comma that the last member lacks: never more is counted than there is.
  afterWriting(value, limit) < 0 || JSON.stringify(value).length > limit
