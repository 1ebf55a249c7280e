/**
 * Each item with the first that has the same key, where that is another.
 *
 * @example collisions(['a', 'b', 'A'], (word) => word.toLowerCase()) // [['A', 'a']]
 */
export const collisions = <T>(items: readonly T[], keyOf: (item: T) => string): [T, T][] => {
  const first = new Map<string, T>()

  return items.flatMap((item) => {
    const known = first.get(keyOf(item))
    if (known === undefined) first.set(keyOf(item), item)
    return known === undefined ? [] : [[item, known] as [T, T]]
  })
}
