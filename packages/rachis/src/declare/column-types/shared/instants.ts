const DAY = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/
// RFC 3339, section 5.6. Without its offset a time would mean another instant on another machine.
const INSTANT = /^\d{4}-\d{2}-\d{2}[Tt ]([01]\d|2[0-3]):\d{2}(:\d{2}(\.\d+)?)?([Zz]|[+-]\d{2}:\d{2})$/

/** JavaScript takes 30 February for 2 March. Every month has its first 28 days, and a month that there is not is refused by JavaScript itself. */
const isOnCalendar = (day: string) => {
  if (Number(day.slice(8)) <= 28) return true
  const date = new Date(`${day}T00:00:00Z`)
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(day)
}

/** An instant as rows have it: UTC, milliseconds, Z. A date alone means its midnight, UTC. */
export const instantOf = (value: unknown): string | undefined => {
  if (typeof value !== 'string' || !(INSTANT.test(value) || DAY.test(value))) return undefined
  if (!isOnCalendar(value.slice(0, 10))) return undefined
  // What is not in its own format JavaScript reads as it likes: with a blank, the year 0049 as 2049.
  const date = new Date(value.toUpperCase().replace(' ', 'T'))
  const year = date.getUTCFullYear()

  return Number.isNaN(date.getTime()) || year < 1 || year > 9999 ? undefined : date.toISOString()
}

/** Whether it is a day of the calendar, such as `2026-01-31`. */
export const isDay = (value: unknown): value is string =>
  typeof value === 'string' && DAY.test(value) && instantOf(value) !== undefined
