import { similar } from './similar'

/** Names of the tz database. ICU takes offsets such as `+01:00` as well, by which no clock is set forward in spring. */
const NAME = /^[A-Za-z][\w+-]*(\/[\w+-]+){0,2}$/
const MAX_LENGTH = 64

/**
 * Whether it is the name of a time zone, such as `Europe/Berlin`. The database has a list of its own, which may be older or newer.
 *
 * @example isTimeZone('Europe/Berlin') // true
 */
export const isTimeZone = (name: unknown): name is string => {
  if (typeof name !== 'string' || name.length > MAX_LENGTH || !NAME.test(name)) return false
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}

/**
 * The time zone that was probably meant.
 *
 * @example similarTimeZone('Europe/Berln') // 'Europe/Berlin'
 */
export const similarTimeZone = (name: string): string | undefined =>
  similar(name, Intl.supportedValuesOf('timeZone'))
