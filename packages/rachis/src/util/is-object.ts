/**
 * Whether a value is an object with members, and no list.
 *
 * @example isObject({ $gt: 1 }) // true
 * @example isObject([1]) // false
 */
export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
