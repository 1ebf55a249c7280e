/** Milliseconds: of the first pause, and of the longest. */
const FIRST = 500
const LONGEST = 30_000

/**
 * How long to wait before another attempt: twice as long as the time before, and spread over half of that, so that all clients of a server that
 * restarts do not come at once.
 *
 * @param attempt counted from 0
 * @param random from 0 to 1
 * @param least milliseconds that the server asks for
 * @example pauseBefore(2, 0.5) // 1500
 */
export const pauseBefore = (attempt: number, random: number, least = 0): number => {
  const longest = Math.min(LONGEST, FIRST * 2 ** Math.min(attempt, 16))
  return Math.max(least, longest * (0.5 + random / 2))
}
