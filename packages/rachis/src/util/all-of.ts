/**
 * As `Promise.all`, but settled once all of them are: whoever cleans up behind one that has failed finds none of the others under way.
 *
 * @throws what the first of them, in their order, was rejected with
 * @example const [database, cache] = await allOf([openDatabase(), openCache()])
 */
export const allOf = async <T extends readonly unknown[] | []>(
  works: T
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> => {
  await Promise.allSettled(works)
  return Promise.all(works)
}
