/** Objects become lists, marked so that no list that was sent is like one. */
const sorted = (value: unknown): unknown => {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(sorted)
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))

  return { object: entries.map(([key, inner]) => [key, sorted(inner)]) }
}

/**
 * A text that is the same for values that are the same as JSON has them, in whatever order their keys stand. It is to be compared, or
 * hashed, and not to be parsed.
 *
 * @example stableJson({ b: 1, a: 2 }) === stableJson({ a: 2, b: 1 }) // true
 */
export const stableJson = (value: unknown): string => JSON.stringify(sorted(value)) ?? ''
