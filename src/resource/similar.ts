const FAR = 3

/** One more row of Levenshtein's table: the distances from each beginning of `b` to one more character of `a`. */
const nextRow = (row: readonly number[], char: string, b: string): number[] =>
  row.reduce<number[]>((next, up, j) => {
    if (j === 0) return [up + 1]
    const replaced = row[j - 1]! + (char === b[j - 1] ? 0 : 1)

    return [...next, Math.min(up + 1, next[j - 1]! + 1, replaced)]
  }, [])

/**
 * Levenshtein's distance of two names, at most 3: what is further apart is no slip of the pen. Long names are not compared,
 * since a client may send any.
 */
export const distance = (a: string, b: string): number => {
  if (Math.abs(a.length - b.length) >= FAR || a.length > 64) return FAR
  const first = Array.from({ length: b.length + 1 }, (_, i) => i)
  const last = [...a].reduce((row, char) => nextRow(row, char, b), first)

  return Math.min(last.at(-1)!, FAR)
}

/**
 * The known name that was probably meant. In a name of three letters two slips would reach any other.
 *
 * @example similar('titel', ['id', 'title']) // 'title'
 */
export const similar = (name: string, known: Iterable<string>): string | undefined => {
  const limit = name.length < 4 ? 1 : 2
  const near = [...known]
    .map((word) => [word, distance(name, word)] as const)
    .filter(([, far]) => far <= limit)

  return near.sort(([, a], [, b]) => a - b)[0]?.[0]
}
