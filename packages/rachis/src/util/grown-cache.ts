import { LRUCache } from 'lru-cache'

/**
 * A cache of the entries that were used last, whose room grows with what is in it. Given a `max`, lru-cache would take the room for all of them at
 * once: for ten thousand some milliseconds of each start, and memory that most processes never need.
 *
 * @param max entries
 * @param dispose is told of what leaves the cache, and why
 * @example grownCache<number>(10_000).set('a', 1)
 */
export const grownCache = <V extends NonNullable<unknown>>(
  max: number,
  dispose?: LRUCache.Disposer<string, V>
): LRUCache<string, V> => new LRUCache({ maxSize: max, sizeCalculation: () => 1, dispose })
