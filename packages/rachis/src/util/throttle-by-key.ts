import { LRUCache } from 'lru-cache'

const MAX_KEYS = 10_000

/**
 * Allows something once per interval for each key, such as an event of the security log. It counts within one process, for a bounded
 * number of keys; the oldest key is dropped first.
 *
 * @param interval milliseconds
 * @example const hourly = throttleByKey(3_600_000); hourly('key 7') // true, and false for an hour
 */
export const throttleByKey = (interval: number): ((key: string) => boolean) => {
  // It takes room for all of its keys at once, which a start should not wait for.
  let recent: LRUCache<string, true> | undefined

  return (key) => {
    recent ??= new LRUCache({ max: MAX_KEYS, ttl: interval })
    if (recent.has(key)) return false
    recent.set(key, true)

    return true
  }
}
