const MAX_NAMES = 10_000

/**
 * Lets something happen once in a while for each name: a note of use, an event of the security log. Per process, and for as
 * many names as fit; the oldest is forgotten first.
 *
 * @example const hourly = seldom(3_600_000); hourly('key 7') // true, and false for an hour
 */
export const seldom = (interval: number): ((name: string) => boolean) => {
  const last = new Map<string, number>()

  return (name) => {
    const now = Date.now()
    if ((last.get(name) ?? -Infinity) + interval > now) return false
    last.delete(name)
    if (last.size >= MAX_NAMES) last.delete(last.keys().next().value!)
    last.set(name, now)

    return true
  }
}
