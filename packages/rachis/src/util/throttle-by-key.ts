import { LRUCache } from 'lru-cache'

const MAX_KEYS = 10_000

/**
 * Lets something happen once in a while for each key: a note of use, an event of the security log. Per process, and for as
 * many keys as fit; the oldest is forgotten first.
 *
 * @param interval milliseconds
 * @example const hourly = throttleByKey(3_600_000); hourly('key 7') // true, and false for an hour
 */
export const throttleByKey = (interval: number): ((key: string) => boolean) => {
  const recent = new LRUCache<string, true>({ max: MAX_KEYS, ttl: interval })

  return (key) => {
    if (recent.has(key)) return false
    recent.set(key, true)

    return true
  }
}
