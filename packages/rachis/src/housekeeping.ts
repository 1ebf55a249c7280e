import { Partitions } from './feed/partitions'
import { pruneAll } from './feed/retention'
import type { ModuleContext } from './module'

const [MINUTE, HOUR] = [60_000, 3_600_000]

/** Does something from time to time; the answer ends that. */
const every = (interval: number, work: () => Promise<unknown>, onError: (error: unknown) => void) => {
  const timer = setInterval(() => void work().catch(onError), interval)
  timer.unref()

  return () => clearInterval(timer)
}

type Kept = Pick<ModuleContext, 'app' | 'models' | 'database' | 'logger'>

/** Removes old changes and records once an hour. Several processes may: each takes other rows. */
const pruning = ({ app, models, database, logger }: Kept) => {
  const onError = (err: unknown) => logger.error({ err }, 'Old changes and records could not be removed')
  const prune = async () => {
    await pruneAll(database, models, app.get('feed').retention, onError)
    await app.get('remembered').prune().catch(onError)
  }

  return every(HOUR, prune, onError)
}

/** What is done for the tables themselves: there is place for new changes, and old ones go. */
export const housekeeping = (context: Kept) => {
  const { models, database, logger } = context
  const partitions = new Partitions(database, models)
  // A role that may write and not make tables runs the program all the same, as long as somebody else makes them.
  const onError = (err: unknown) => logger.error({ err }, 'No partitions could be made for further changes')
  let stops: readonly (() => void)[] = []

  return {
    partitions,
    async start() {
      await partitions.start().catch(onError)
      stops = [every(MINUTE, () => partitions.extend(), onError), pruning(context)]
    },
    stop() {
      for (const stop of stops) stop()
    }
  }
}
