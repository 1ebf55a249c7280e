/**
 * Items with the same key together, in the order in which each key comes first.
 *
 * @example groupedBy(['a', 'b', 'aa'], (text) => text[0]!) // [['a', 'aa'], ['b']]
 */
export const groupedBy = <T>(items: readonly T[], keyOf: (item: T) => string): T[][] => {
  const groups = new Map<string, T[]>()
  for (const item of items) {
    const key = keyOf(item)
    const group = groups.get(key)
    if (group) group.push(item)
    else groups.set(key, [item])
  }

  return [...groups.values()]
}
