/**
 * Whether two values are the same as JSON has them. Keys count in their order.
 *
 * @example sameJson({ tags: ['a'] }, { tags: ['a'] }) // true
 */
export const sameJson = (a: unknown, b: unknown): boolean =>
  a === b || JSON.stringify(a) === JSON.stringify(b)
