/** One thing that is looked up, undefined where it is not there. */
export type LookUp<K, V> = (key: K) => Promise<V | undefined>

interface Waiting<V> {
  readonly resolve: (value: V | undefined) => void
  readonly reject: (error: unknown) => void
}

/**
 * Looks up one by one what is read together: everything that is asked for before the code that runs now is done is one reading. Nothing is
 * remembered, so that each answer was read after it was asked for.
 *
 * @param read the things of these keys, each of which is given once
 * @param most keys of one reading
 * @throws whoever asked is thrown what the reading throws
 *
 * @example
 * const user = gathered(readUsers, 100)
 * await Promise.all([user(7), user(8)]) // by one statement
 */
export const gathered = <K, V>(
  read: (keys: readonly K[]) => Promise<ReadonlyMap<K, V>>,
  most: number
): LookUp<K, V> => {
  let waiting = new Map<K, Waiting<V>[]>()

  const readAll = async (asked: ReadonlyMap<K, readonly Waiting<V>[]>) => {
    try {
      const found = await read([...asked.keys()])
      for (const [key, own] of asked) for (const { resolve } of own) resolve(found.get(key))
    } catch (error) {
      for (const { reject } of [...asked.values()].flat()) reject(error)
    }
  }
  const flush = () => {
    const asked = waiting
    waiting = new Map()
    if (asked.size > 0) void readAll(asked)
  }

  return (key) =>
    new Promise((resolve, reject) => {
      if (waiting.size === 0) setImmediate(flush)
      const own = waiting.get(key) ?? []
      own.push({ resolve, reject })
      waiting.set(key, own)
      if (waiting.size >= most) flush()
    })
}
