import cluster from 'cluster'
import type { Registry } from 'prom-client'
import type { ReaderChannel } from './feed/handed-looks'
import type { Exposition } from './observe/metrics-server'
import { logger } from './util/logger'
import type { FromWorker, ToWorker } from './worker-messages'
import { BESIDE_OTHERS, WORKER } from './worker-messages'

/** Whether this process is one of several that serve one port, started by `WEB_CONCURRENCY`. */
export const isWorker = (): boolean => cluster.isWorker && process.env[WORKER] !== undefined

/** Whether others answer what comes to the port while this process starts: it would only hold requests that they could answer at once. */
export const startsBesideOthers = (): boolean => isWorker() && process.env[WORKER] === BESIDE_OTHERS

/** Where that one has just ended, so does this one. */
export const tellPrimary = (message: FromWorker): void =>
  void process.send?.(message, undefined, undefined, () => undefined)

/** To the process that reads the change feed for all workers. */
export const readerChannel = (): ReaderChannel => ({
  send: (message) => tellPrimary({ rachis: 'feed', message }),
  listen(receive) {
    process.on('message', (message: Partial<ToWorker>) => {
      if (message.rachis === 'feed') receive(message as Extract<ToWorker, { rachis: 'feed' }>)
    })
  }
})

/** Answers what this worker measures each time that the primary asks. */
const answerWith = (registries: () => readonly Registry[]) => {
  process.on('message', (message: Partial<ToWorker>) => {
    if (message.rachis !== 'measure') return
    const id = message.id!
    void Promise.all(registries().map((registry) => registry.getMetricsAsJSON())).then(
      (measured) => tellPrimary({ rachis: 'measured', id, measured }),
      (err: unknown) => {
        logger.error({ err }, 'The metrics of this process could not be read')
        tellPrimary({ rachis: 'measured', id, measured: undefined })
      }
    )
  })
  tellPrimary({ rachis: 'measures' })
}

/** Milliseconds that the primary may take to ask all workers. */
const PATIENCE = 8000
let asked = 0

/**
 * The metrics of all workers together, which the primary collects. A worker that a scrape reaches by chance would only know its own.
 *
 * @param registries of this worker
 * @throws Error where the primary does not answer
 */
export const metricsOfAll = (registries: () => readonly Registry[]): (() => Promise<Exposition>) => {
  answerWith(registries)

  return () =>
    new Promise((resolve, reject) => {
      const id = asked++
      const timer = setTimeout(() => end(), PATIENCE)
      const end = (exposition?: Exposition) => {
        clearTimeout(timer)
        process.off('message', listen)
        if (exposition) resolve(exposition)
        else reject(new Error('The metrics of the workers could not be collected'))
      }
      const listen = (message: unknown) => {
        const answer = message as Partial<ToWorker>
        if (answer.rachis === 'metrics' && answer.id === id) end(answer.exposition)
      }
      process.on('message', listen)
      tellPrimary({ rachis: 'metrics', id })
    })
}
