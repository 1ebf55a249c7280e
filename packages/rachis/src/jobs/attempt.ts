import type { Knex } from 'knex'
import type { ModuleContext } from '../module'
import type { ErrorDetail } from '../errors/errors'
import { toApiError } from '../errors/errors'
import type { Validate } from '../model/validator'
import { lazyValidator } from '../model/validator'
import type { Boss } from './boss'
import { executor } from './boss'
import { announce, contextFor, userOf } from './context'
import type { Envelope } from './context'
import type { Job } from './define-job'
import { UnrecoverableError } from './define-job'
import type { ProgressReport, Standing } from './progress'
import { Reporter } from './progress'
import type { Taken } from './queue'
import { Runs } from './runs'

export type Outcome = 'completed' | 'retried' | 'failed' | 'released' | 'lost'

/** Another process has the job by now, since this attempt took longer than it may. */
class Lost extends Error {}

/** Finds a job where the attempt that began then still has it: the driver gives times in whole milliseconds, and PostgreSQL keeps microseconds. */
const HELD = `where name = $1 and id = $2 and state = 'active' and abs(extract(epoch from started_on - $3::timestamptz)) < 0.002`

const rejectedBy = (signal: AbortSignal): Promise<never> =>
  new Promise((_resolve, reject) => {
    const refuse = () => reject(signal.reason as Error)
    if (signal.aborted) refuse()
    else signal.addEventListener('abort', refuse, { once: true })
  })

const describeError = (error: unknown) =>
  error instanceof Error
    ? `${error.name}: ${error.message}`.slice(0, 2000)
    : 'Something was thrown that is no error'

/** What users are told of a failure: what was thrown may name what they may not see, and is in the log and in the dead letter. */
const codeOf = (error: unknown, timeout: AbortSignal): string =>
  timeout.aborted ? 'JOB_TIMEOUT' : toApiError(error).errorCode

/** How an attempt is ended that is over. */
interface Stopped {
  /** Of the process. */
  readonly stopping: AbortSignal
  readonly timeout: AbortSignal
  readonly standing: Standing
}

/** What is wrong with an input, in one line. */
export const sentence = (details: readonly ErrorDetail[]): string =>
  details.map(({ field = 'input', message }) => `${field} ${message}`).join('; ')

/** Runs attempts of one declared job, and records in the queue how they end. */
export class Attempts {
  private readonly problems: Validate
  private readonly runs: Runs

  constructor(
    private readonly context: ModuleContext,
    private readonly boss: Boss,
    private readonly job: Job
  ) {
    this.problems = lazyValidator(job.input)
    this.runs = new Runs(context, job)
  }

  /** Never rejects for what the handler does. */
  async run(taken: Taken, stopping: AbortSignal): Promise<Outcome> {
    const timeout = AbortSignal.timeout(this.job.timeout * 1000)
    const signal = AbortSignal.any([stopping, timeout])
    const reporter = this.reporterFor(taken)
    try {
      await this.runs.begun(taken, (taken.data as Envelope).user_id)
      await this.traced(taken, () => this.perform(taken, signal, reporter))
      return 'completed'
    } catch (error) {
      return this.end(taken, error, { stopping, timeout, standing: reporter.close() })
    }
  }

  /** Gives it back as if it had not been taken: stopping a process uses up no attempt. */
  async release(taken: Taken): Promise<void> {
    const text = `
      update ${this.table} set state = case when retry_count > 0 then 'retry' else 'created' end::${this.schema}.job_state,
        started_on = null, start_after = now() - interval '1 second'
      ${HELD}`
    await this.context.knex.transaction(async (trx) => {
      await this.query(text, this.heldBy(taken), trx)
      await this.runs.released(taken, trx)
    })
  }

  private reporterFor(taken: Taken): Reporter {
    const onError = (err: unknown) =>
      this.context.logger.warn({ err, job: this.job.name }, 'The progress of a job could not be recorded')

    return new Reporter({ write: (standing) => this.runs.reported(taken, standing), onError })
  }

  /** A part of the trace of the call that has enqueued it. */
  private traced({ id, data, retryCount }: Taken, work: () => Promise<unknown>) {
    const attributes = { 'rachis.job_id': id, 'rachis.attempt': retryCount + 1 }
    const { trace } = data as Envelope

    return this.context.app.get('span')(`jobs.${this.job.name}`, attributes, work, trace)
  }

  private async perform(taken: Taken, signal: AbortSignal, reporter: Reporter) {
    const { knex } = this.context
    if (!this.job.transaction) {
      await this.handle(taken, signal, reporter)
      await knex.transaction((trx) => this.complete(taken, reporter, trx))
    } else
      await knex.transaction(async (trx) => {
        await this.handle(taken, signal, reporter, trx)
        await this.complete(taken, reporter, trx)
      })
    this.context.app.get('engine').wake()
  }

  private async handle(taken: Taken, signal: AbortSignal, reporter: Reporter, trx?: Knex.Transaction) {
    const { id, data, retryCount } = taken
    const envelope = data as Envelope
    const wrong = this.problems(envelope.input)
    if (wrong.length > 0) throw new Error(`The input is not what the job takes: ${sentence(wrong)}`)
    const user = await userOf(this.context, envelope)
    if (trx) await announce(trx, envelope, user)
    const context = contextFor(this.context, envelope, user, trx)
    const progress = (report: ProgressReport) => this.report(reporter, report)
    const own = { id, attempt: retryCount + 1, signal, progress }
    await Promise.race([this.job.run(envelope.input as never, { ...context, ...own }), rejectedBy(signal)])
  }

  private report(reporter: Reporter, report: ProgressReport) {
    const { name, progress } = this.job
    if (!progress) throw new Error(`The job ${name} reports progress that nobody would see: declare it with progress: true`)
    reporter.report(report)
  } // prettier-ignore

  /** In the transaction of what the handler wrote: both are there, or neither is. */
  private async complete(taken: Taken, reporter: Reporter, trx: Knex.Transaction) {
    await this.hold(taken, trx)
    await this.boss.complete(this.job.name, taken.id, {}, { db: executor(this.context, trx) })
    await this.runs.ended(taken, { state: 'completed', standing: reporter.close() }, trx)
  }

  /** @throws {Lost} where another process has the job, whose attempt is none of ours to end */
  private async hold(taken: Taken, trx: Knex.Transaction) {
    const text = `select 1 from ${this.table} ${HELD} for update`
    const held = await this.query(text, this.heldBy(taken), trx)
    if (held.length === 0) throw new Lost('The job was given to another process')
  }

  private async end(taken: Taken, error: unknown, stopped: Stopped): Promise<Outcome> {
    try {
      return await this.endOf(taken, error, stopped)
    } catch (problem) {
      if (!(problem instanceof Lost)) throw problem
      const { id, retryCount } = taken
      const facts = { job: this.job.name, id, attempt: retryCount + 1 }
      this.context.logger.warn(facts, 'A job took longer than its timeout and was given to another process')
      return 'lost'
    }
  }

  private async endOf(taken: Taken, error: unknown, stopped: Stopped): Promise<Outcome> {
    if (error instanceof Lost) throw error
    if (stopped.stopping.aborted) {
      await this.release(taken)
      return 'released'
    }
    const { id, retryCount } = taken
    const isLast = retryCount >= this.job.retries || error instanceof UnrecoverableError
    await this.fail(taken, error, isLast, stopped)
    const facts = { job: this.job.name, id, attempt: retryCount + 1, err: error }
    const { logger } = this.context
    logger[isLast ? 'error' : 'warn'](facts, isLast ? 'A job has failed for good' : 'A job is tried again')

    return isLast ? 'failed' : 'retried'
  }

  private async fail(taken: Taken, error: unknown, isLast: boolean, { timeout, standing }: Stopped) {
    const message = describeError(error)
    const state = isLast ? 'failed' : 'queued'
    await this.context.knex.transaction(async (trx) => {
      await this.hold(taken, trx)
      if (isLast) await this.giveUp(taken, trx)
      await this.boss.fail(this.job.name, taken.id, { message }, { db: executor(this.context, trx) })
      await this.runs.ended(taken, { state, standing, error: codeOf(error, timeout) }, trx)
    })
    if (this.job.progress) this.context.app.get('engine').wake()
  }

  /** What fails next fails for good. */
  private async giveUp(taken: Taken, trx: Knex.Transaction): Promise<void> {
    const text = `update ${this.table} set retry_limit = retry_count ${HELD}`
    await this.query(text, this.heldBy(taken), trx)
  }

  private heldBy({ id, startedOn }: Taken): readonly unknown[] {
    return [this.job.name, id, startedOn]
  }

  private get schema(): string {
    return this.context.app.get('jobs').schema
  }

  private get table(): string {
    return `${this.schema}.job`
  }

  private query(text: string, values: readonly unknown[], trx?: Knex.Transaction) {
    return this.context.database.query({ text, values }, trx)
  }
}
