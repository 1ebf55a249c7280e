/** Values that are frozen already with all that they hold: schemas are shared by many operations. */
const done = new WeakSet<object>()

/**
 * Freezes a value with all that it holds, maps included, and answers it. Functions and properties that are not enumerable stay as they are.
 *
 * @example deepFreeze({ page: { max: 100 } }).page.max = 5 // TypeError: Cannot assign to read only property 'max'
 */
export const deepFreeze = <T>(value: T): T => {
  if (typeof value !== 'object' || value === null || done.has(value)) return value
  done.add(value)
  for (const inner of value instanceof Map ? value.values() : Object.values(value)) deepFreeze(inner)

  return Object.freeze(value)
}
