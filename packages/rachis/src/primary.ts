import cluster from 'cluster'
import type { Worker } from 'cluster'
import { once } from 'events'
import type { Server } from 'http'
import { CollectedMetrics } from './collected-metrics'
import type { Application } from './declare/declarations'
import { handing } from './handing'
import { serveMetrics } from './observe/metrics-server'
import { passOnConnections } from './unanswered-connections'
import { logger } from './util/logger'
import type { FromWorker, Logins, ToWorker } from './worker-messages'
import { BESIDE_OTHERS, WORKER } from './worker-messages'

/** Milliseconds before a worker that has ended by itself is replaced: one that ends at once each time must not keep a processor busy. */
const PAUSE = 1000

/** What a worker tells of itself once it serves. */
export interface Serving {
  readonly port: number
  readonly logins: Logins
}

const workersOf = (): Worker[] => Object.values(cluster.workers ?? {}).flatMap((worker) => worker ?? [])

/**
 * Starts the processes of `WEB_CONCURRENCY`, which share one port, and replaces those that end by themselves. The embedded database is
 * this process's, so that it is started once; and it reads the change feed for all of them, since it serves nobody who could hold that up.
 */
export class Primary {
  private isStopping = false
  private hasStarted = false
  private readonly collected = new CollectedMetrics()
  private readonly feed: ReturnType<typeof handing>
  private metrics?: Server
  /** Those that have said that they serve, and that have not ended since. */
  private readonly serving = new Set<Worker>()

  constructor(private readonly app: Application) {
    this.feed = handing(app)
    // Changes are sent as bytes, which JSON would take apart.
    cluster.setupPrimary({ serialization: 'advanced' })
  }

  /**
   * Resolves once all serve.
   *
   * @throws Error where one of them ends before it has served
   */
  async start(): Promise<Serving> {
    this.warnOfLimits()
    const DATABASE_URL = await this.app.get('connection').url()
    const port = this.app.get('metrics').port
    if (port > 0) this.metrics = await serveMetrics(this.app.get('metrics'), () => this.collected.expose())
    const all = Array.from({ length: this.app.get('workers') }, () => this.fork(DATABASE_URL))
    const [first] = await Promise.all(all).catch((error: unknown) => this.giveUp(error))
    this.hasStarted = true

    return first!
  }

  /** Has all of them answer what has come, and then ends what they work on. */
  async stop(): Promise<void> {
    this.isStopping = true
    const ended = workersOf().map((worker) => (worker.isDead() ? undefined : once(worker, 'exit')))
    this.tellAll()
    await Promise.all(ended)
    await this.feed.close()
    this.metrics?.close()
    await this.app.get('connection').close()
  }

  /** Has all of them stop; told a second time, they cut what they wait for. */
  tellAll(): void {
    for (const worker of workersOf()) worker.process.kill('SIGTERM')
  }

  /** One that cannot start has said why; the others would only say that they have lost this process. */
  private async giveUp(error: unknown): Promise<never> {
    this.isStopping = true
    const left = workersOf().filter((worker) => !worker.isDead())
    const ended = left.map((worker) => once(worker, 'exit'))
    for (const worker of left) worker.process.kill('SIGKILL')
    await Promise.all(ended)
    throw error
  }

  private warnOfLimits() {
    const { requests } = this.app.get('rate_limit')
    if (this.app.get('redis_url') || requests === 0) return
    const facts = { workers: this.app.get('workers'), requests }
    logger.warn(facts, 'Without redis_url each process counts requests for itself: rate limits are so many times as high')
  } // prettier-ignore

  private fork(DATABASE_URL: string): Promise<Serving> {
    const worker = cluster.fork({ DATABASE_URL, [WORKER]: this.serving.size > 0 ? BESIDE_OTHERS : '1' })
    this.feed.attach(worker)
    this.collected.attach(worker)
    passOnConnections(worker, () => [...this.serving].some((one) => one.isConnected()))

    return new Promise((resolve, reject) => {
      worker.on('message', (message: FromWorker) => {
        if (message.rachis === 'metrics') return void this.answer(worker, message.id)
        if (message.rachis !== 'serving') return
        this.serving.add(worker)
        resolve(message)
      })
      worker.once('exit', (code, signal) => {
        this.serving.delete(worker)
        reject(new Error(`A process ended with ${signal ?? code} before it served`))
        this.replace(DATABASE_URL, signal ?? code)
      })
    })
  }

  /** Of those that have served, and of those that took their place. */
  private replace(DATABASE_URL: string, ended: string | number) {
    if (this.isStopping || !this.hasStarted) return
    logger.error({ ended }, 'A process has ended by itself: another one is started in its place')
    setTimeout(() => {
      if (!this.isStopping) this.fork(DATABASE_URL).catch(() => undefined)
    }, PAUSE)
  }

  private async answer(worker: Worker, id: number) {
    const exposition = await this.collected.expose().catch(() => undefined)
    const answer: ToWorker = { rachis: 'metrics', id, exposition }
    if (worker.isConnected()) worker.send(answer)
  }
}
