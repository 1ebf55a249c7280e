import type { Worker } from 'cluster'
import { AggregatorRegistry } from 'prom-client'
import type { Exposition } from './observe/metrics-server'
import type { FromWorker, Measured, ToWorker } from './worker-messages'

/** Milliseconds that a worker may take to answer. */
const PATIENCE = 5000

/** What a worker measures; nothing of one that ends meanwhile. */
const measuredBy = (worker: Worker, id: number): Promise<Measured> =>
  new Promise((resolve, reject) => {
    const end = (measured: Measured | undefined, failure = 'cannot read what it measures') => {
      clearTimeout(timer)
      worker.off('message', hear).off('exit', leave)
      if (measured) resolve(measured)
      else reject(new Error(`The process ${worker.process.pid} ${failure}`))
    }
    const hear = (message: FromWorker) => {
      if (message.rachis === 'measured' && message.id === id) end(message.measured)
    }
    const leave = () => end([])
    const timer = setTimeout(end, PATIENCE, undefined, `has not said within ${PATIENCE} ms what it measures`)
    worker.on('message', hear).once('exit', leave)
    const message: ToWorker = { rachis: 'measure', id }
    // One that cannot be reached any more is about to end, which is waited for.
    worker.send(message, undefined, () => undefined)
  })

/**
 * The metrics of workers together. Only those are asked that have said that they measure: one that is just being started in the place
 * of another would not answer, and there would be no metrics until it does.
 */
export class CollectedMetrics {
  private lastId = 0
  private readonly workers = new Set<Worker>()

  attach(worker: Worker): void {
    worker.on('message', (message: FromWorker) => {
      if (message.rachis === 'measures') this.workers.add(worker)
    })
    worker.once('exit', () => this.workers.delete(worker))
  }

  /** @throws Error where a worker that is there cannot read its own, or says nothing for five seconds */
  async expose(): Promise<Exposition> {
    const reached = [...this.workers].filter((worker) => worker.isConnected())
    const measured = await Promise.all(reached.map((worker) => measuredBy(worker, ++this.lastId)))
    const registry = AggregatorRegistry.aggregate(measured.flat() as object[])

    return { type: registry.contentType, text: await registry.metrics() }
  }
}
