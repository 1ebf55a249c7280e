import { setImmediate } from 'timers/promises'

/** Look-ups that run at once: each takes a connection that a request could have. */
const AT_ONCE = 4

/** A few at once, and everybody else's events in between: hundreds of users may change by one statement. */
export const inTurns = async <T>(
  items: readonly T[],
  work: (item: T) => Promise<void>,
  atOnce = AT_ONCE
): Promise<void> => {
  const left = [...items]
  const worker = async () => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) {
      await work(item)
      await setImmediate()
    }
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
}
