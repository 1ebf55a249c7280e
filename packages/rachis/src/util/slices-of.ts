/**
 * Items in slices of one size, of which the last may be smaller.
 *
 * @example slicesOf([1, 2, 3], 2) // [[1, 2], [3]]
 */
export const slicesOf = <T>(items: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size)
  )
