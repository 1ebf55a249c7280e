/**
 * A function of an object that works once for each of them: the same object has the same answer, for as long as it is there.
 *
 * @example const textOf = onceFor((model: Model) => JSON.stringify(model))
 */
export const onceFor = <K extends object, T>(make: (key: K) => T): ((key: K) => T) => {
  const known = new WeakMap<K, T>()

  return (key) => {
    const before = known.get(key)
    if (before !== undefined || known.has(key)) return before as T
    const made = make(key)
    known.set(key, made)

    return made
  }
}
