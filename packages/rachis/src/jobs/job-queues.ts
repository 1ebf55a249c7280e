import { createHash, randomUUID } from 'crypto'
import type { Static, TSchema } from '@feathersjs/typebox'
import type { Knex } from 'knex'
import { ApiError } from '../errors/errors'
import type { ModuleContext } from '../module'
import { validateOnce } from '../model/validator'
import { Attempts, sentence } from './attempt'
import type { Boss } from './boss'
import { executor, installBoss, openBoss, openClock } from './boss'
import type { Envelope } from './context'
import { callerOf } from './context'
import { collectDeadLetters } from './dead-letters'
import type { EnqueueContext, EnqueueOptions, Job } from './define-job'
import type * as Metrics from './metrics'
import type { JobMetrics } from './metrics'
import type { Taken } from './queue'
import { noteLostRuns, Runs } from './runs'
import { take } from './take'
import { Queue } from './queue'

/** The same for the same key of the same job, as a UUID. */
const idOf = (name: string, key: string): string => {
  const hash = createHash('sha256')
    .update(JSON.stringify([name, key]))
    .digest('hex')
  return [hash.slice(0, 8), hash.slice(8, 12), `8${hash.slice(13, 16)}`, `8${hash.slice(17, 20)}`, hash.slice(20, 32)].join('-') // prettier-ignore
}

const ignore = () => undefined

const isTransaction = (knex: Knex | undefined): knex is Knex.Transaction => knex?.isTransaction === true

/** The transaction that a job is enqueued in: of an action's `knex`, or of a hook's `params`. */
const transactionOf = ({ knex, params }: EnqueueContext): Knex.Transaction | undefined => {
  const { transaction } = (params ?? {}) as { readonly transaction?: { readonly trx: Knex.Transaction } }
  return isTransaction(knex) ? knex : transaction?.trx
}

/** The declared jobs of one application, and their queues. */
export class JobQueues {
  private boss?: Promise<Boss>
  private clock?: Promise<Boss>
  private readonly jobs: Job[] = []
  private readonly retired: string[] = []
  private readonly queues = new Map<string, Queue>()
  private readonly timers: NodeJS.Timeout[] = []
  private metrics?: JobMetrics
  private isTaking = false

  /** @throws {Error} for two jobs of one name */
  constructor(
    private readonly context: ModuleContext,
    jobs: readonly Job[]
  ) {
    this.add(jobs)
  }

  /**
   * Adds jobs of another module, which does so in its `prepare`.
   *
   * @throws {Error} for two jobs of one name
   * @example prepare: ({ app }) => app.get('jobQueues').add([deliver])
   */
  add(jobs: readonly Job[]): void {
    for (const job of jobs) {
      if (this.jobs.some(({ name }) => name === job.name))
        throw new Error(`The job ${job.name} is listed twice`)
      this.jobs.push(job)
    }
  }

  /**
   * Names jobs of earlier versions, whose work is done in another way now. What is left of them is removed at start, so that processes of that
   * version, which still run during an update, do not do it as well. A job of that name that is declared stays.
   *
   * @example prepare: ({ app }) => app.get('jobQueues').retire(['send_mails'])
   */
  retire(names: readonly string[]): void {
    this.retired.push(...names)
  }

  /** Makes what the queues are kept in; nothing where no job is declared. */
  async install(): Promise<void> {
    if (this.jobs.length === 0) return
    const retired = this.retired.filter((name) => !this.lists({ name }))
    await installBoss(this.context, this.jobs, retired)
  }

  /** Loads and opens nothing where no job is declared. */
  async open(): Promise<void> {
    if (this.jobs.length === 0) return
    const { app } = this.context
    const { enabled } = app.get('jobs')
    this.boss = openBoss(this.context)
    if (enabled && this.jobs.some(({ schedule }) => schedule)) this.clock = openClock(this.context)
    const [boss] = await Promise.all([this.boss, this.clock])
    this.measure()
    if (!enabled) return
    for (const job of this.jobs) this.openQueue(boss, job)
    void app
      .get('whenSetUp')()
      .then(() => this.takeUp(), ignore)
  }

  /** Waits for what runs, for `jobs.shutdown_grace` at most, and gives the rest back. */
  async close(): Promise<void> {
    for (const timer of this.timers) clearInterval(timer)
    const grace = this.context.app.get('jobs').shutdown_grace * 1000
    await Promise.all([...this.queues.values()].map((queue) => queue.stop(grace)))
    for (const opened of [this.clock, this.boss]) {
      const boss = await opened?.catch(ignore)
      await boss?.stop({ graceful: false, close: false })
    }
  }

  /** Whether the application runs this job. */
  lists({ name }: Pick<Job, 'name'>): boolean {
    return this.jobs.some((job) => job.name === name)
  }

  /** See `Job.enqueue`. */
  async enqueue<I extends TSchema>(
    job: Job<I>,
    input: Static<I>,
    context: EnqueueContext,
    options: EnqueueOptions = {}
  ): Promise<string | undefined> {
    if (!this.lists(job))
      throw new Error(`The job ${job.name} is not listed: add it to jobs([…]) of the application`)
    const wrong = validateOnce(job.input, input)
    if (wrong.length > 0) throw new Error(`The input of the job ${job.name} is wrong: ${sentence(wrong)}`)

    const trace = this.context.app.get('traceCarrier')()
    const envelope = { job: job.name, input, ...callerOf(context), ...('traceparent' in trace ? { trace } : {}) } // prettier-ignore

    return this.send(envelope, transactionOf(context), options)
  }

  /**
   * Enqueues what had failed for good, for whom it was enqueued first.
   *
   * @throws ApiError with status 409 where no such job is declared any more
   */
  async replay(
    { job, input, enqueued_by }: { job: string; input: unknown; enqueued_by: string | null },
    knex: Knex
  ): Promise<string> {
    if (!this.lists({ name: job }))
      throw new ApiError('CONFLICT', {
        message: `No job ${job} is declared any more`,
        hint: 'Discard it'
      })
    const envelope = { job, input, ...(enqueued_by === null ? {} : { user_id: enqueued_by }) }

    return (await this.send(envelope, isTransaction(knex) ? knex : undefined, {}))!
  }

  private async send(envelope: Envelope, trx: Knex.Transaction | undefined, { after, key }: EnqueueOptions) {
    const boss = await this.boss
    if (!boss) throw new Error('Jobs are enqueued once the application has started')
    const id = key === undefined ? randomUUID() : idOf(envelope.job, key)
    const options = { id, ...(after === undefined ? {} : { startAfter: after }) }
    const sendIn = (one?: Knex.Transaction) => this.sendIn(boss, envelope, options, one)
    const needsOne = !trx && this.runsOf(envelope)
    const made = await (needsOne ? this.context.knex.transaction(sendIn) : sendIn(trx))
    if (needsOne) this.context.app.get('engine').wake()
    const wake = () => this.isTaking && this.queues.get(envelope.job)?.wake()
    if (trx) void trx.executionPromise.then(wake, ignore)
    else wake()

    return made ?? undefined
  }

  /** The runs that say how a job goes, where it is declared with `progress`. */
  private runsOf({ job: name }: Envelope): Runs | undefined {
    const job = this.jobs.find((one) => one.name === name)

    return job?.progress ? new Runs(this.context, job) : undefined
  }

  /** With its run, of which each needs the other: in a transaction where there is a run. */
  private async sendIn(
    boss: Boss,
    envelope: Envelope,
    options: { readonly id: string },
    trx?: Knex.Transaction
  ) {
    const made = await boss.send(envelope.job, envelope, { ...options, db: executor(this.context, trx) })
    if (made && trx) await this.runsOf(envelope)?.queued(made, envelope.user_id, trx)

    return made
  }

  private openQueue(boss: Boss, job: Job) {
    const attempts = new Attempts(this.context, boss, job)
    const { logger, app } = this.context
    const queue = new Queue({
      concurrency: job.concurrency,
      pollInterval: app.get('jobs').poll_interval,
      take: (count) => take(this.context, boss, job, count),
      run: (taken, signal) => this.run(job, attempts, taken, signal),
      release: (taken) => attempts.release(taken),
      onError: (err) => logger.error({ err, job: job.name }, 'The end of a job could not be recorded')
    })
    this.queues.set(job.name, queue)
  }

  /** Begins with what is due. Each queue takes a connection for that, which the process needs for its start until then. */
  private takeUp() {
    this.isTaking = true
    for (const queue of this.queues.values()) queue.wake()
    this.collectAtTimes()
  }

  private async run(job: Job, attempts: Attempts, taken: Taken, signal: AbortSignal) {
    const begun = performance.now()
    const outcome = await attempts.run(taken, signal)
    this.metrics?.ended(job.name, outcome, (performance.now() - begun) / 1000)
    if (outcome === 'failed') await collectDeadLetters(this.context)
  }

  /** Those whose process was killed in their last attempt fail while pg-boss looks after its table. */
  private collectAtTimes() {
    const { logger } = this.context
    const hasRuns = this.jobs.some(({ progress }) => progress)
    const look = async () => {
      await collectDeadLetters(this.context)
      if (hasRuns) await noteLostRuns(this.context)
    }
    const collect = () =>
      look().catch((err: unknown) => logger.error({ err }, 'Dead letters could not be collected'))
    const timer = setInterval(() => void collect(), this.context.app.get('jobs').maintenance * 1000)
    this.timers.push(timer.unref())
    void collect()
  }

  private measure() {
    const registry = this.context.app.get('metricsRegistry')
    if (!registry || this.metrics) return
    const { jobMetrics } = require('./metrics') as typeof Metrics
    this.metrics = jobMetrics(registry, this.context, this.jobs)
  }
}

declare module '../declare/declarations' {
  interface Configuration {
    jobQueues: JobQueues
  }
}
