import type { Logger } from '../util/logger'
import { throttleByKey } from '../util/throttle-by-key'
import type { Reports } from './runner'

/** Milliseconds between lines of one consumer: it may fail several times a second, for hours. */
const INTERVAL = 60_000

/** Writes what happens to consumers to the log: the first failure at once, those that follow once a minute at most. */
export const consumerLog = (logger: Logger): Reports => {
  const mayTell = throttleByKey(INTERVAL)
  const told = new Set<string>()

  return {
    failed(consumer, err) {
      if (!mayTell(consumer)) return
      told.add(consumer)
      logger.error({ err, consumer }, 'A consumer of changes failed, and is tried again')
    },
    recovered(consumer, seconds) {
      // A failure that was not logged is not logged as recovered either.
      if (told.delete(consumer)) logger.warn({ consumer, seconds }, 'A consumer of changes goes on')
    },
    lost(consumer, { reason }) {
      logger.error(
        { consumer, reason },
        'A consumer of changes has missed some, and goes on with those that follow'
      )
    }
  }
}
