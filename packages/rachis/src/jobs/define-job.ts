import type { Static, TSchema } from '@feathersjs/typebox'
import type { Knex } from 'knex'
import type { Application } from '../declare/declarations'
import type { ReportContext } from '../declare'
import type { ProgressReport } from './progress'

/**
 * Thrown by a job that would fail at each further attempt as well, such as for an amount that is not the one of the order: it is a dead letter
 * at once.
 *
 * @example throw new UnrecoverableError('There is no order 7')
 */
export class UnrecoverableError extends Error {
  override readonly name = 'UnrecoverableError'
}

/** What a job works with: the context of an action, without a record. */
export interface JobContext extends Omit<ReportContext, 'table'> {
  /** The same for each attempt of one job. */
  readonly id: string
  /** 1 for the first attempt. */
  readonly attempt: number
  /** Aborted when the time of the attempt is over, and when the process cannot wait for it any longer. */
  readonly signal: AbortSignal
  /**
   * Says to its user how far the attempt is, while it runs: `progress(40)`, or `progress({ done: 3, total: 8, message: 'Letters' })`. It is written
   * twice a second at most, and the last report always.
   *
   * @throws {Error} in a job that is not declared with `progress`
   */
  progress(report: ProgressReport): void
}

/** When a job runs by itself, with which input. */
export interface Schedule<I> {
  /** Five fields: minute, hour, day of the month, month, day of the week. */
  readonly cron: string
  /** IANA name; UTC by default. */
  readonly time_zone?: string
  readonly input: I
}

export interface JobSpec<I extends TSchema> {
  readonly input: I
  /** Attempts after the first one. Default 5. */
  readonly retries?: number
  /** Seconds before the first retry; each further one waits twice as long, and all of them up to twice as long by chance. Default 10. */
  readonly backoff?: number
  /** Seconds that one attempt may take; a job of a process that was killed is tried again after them. Default 60. */
  readonly timeout?: number
  /** How many run at once in one process. Default 1. */
  readonly concurrency?: number
  /** How many attempts begin within so many seconds, in all processes together. Without it, as many as there is room for. */
  readonly rate?: { readonly max: number; readonly seconds: number }
  /** `false` where the work must not hold a database connection, such as asking another server. Default true. */
  readonly transaction?: boolean
  readonly schedule?: Schedule<Static<I>>
  /** Whether each of its jobs has a record at `/job-runs`, by which its user sees how it goes. Default false: it is written several times for each job. */
  readonly progress?: boolean
  /** Where it throws, what it wrote through `context.knex` is taken back, and it is tried again. */
  run(input: Static<I>, context: JobContext): Promise<void>
}

/** From where a job is enqueued: the context of an action, of a hook or of a module. */
export interface EnqueueContext {
  readonly app: Application
  /** Where it is a transaction, the job is enqueued by its commit. */
  readonly knex?: Knex
  readonly params?: object
  readonly user?: { readonly id: number | string } | null
}

export interface EnqueueOptions {
  /** Seconds from now, or the moment, before which it does not run. */
  readonly after?: number | Date
  /** A job with a key that another one has, which has ended within the last twelve hours or not yet, is not enqueued. */
  readonly key?: string
}

/** A declared job. */
export interface Job<I extends TSchema = TSchema> extends Required<Omit<JobSpec<I>, 'schedule' | 'rate'>> {
  readonly name: string
  readonly schedule?: Schedule<Static<I>>
  readonly rate?: JobSpec<I>['rate']
  /**
   * Enqueues it: in the transaction of the context where there is one, so that a call that is rolled back has enqueued nothing.
   *
   * @returns its id, which is that of its run as well; undefined where there is one with the same key already
   * @throws {Error} where the input does not fit the schema, or the application does not list the job
   * @example await welcome.enqueue({ user_id: 7 }, context, { after: 60 })
   */
  enqueue(input: Static<I>, context: EnqueueContext, options?: EnqueueOptions): Promise<string | undefined>
}

const DEFAULTS = { retries: 5, backoff: 10, timeout: 60, concurrency: 1, transaction: true, progress: false }
const BOUNDS = {
  retries: [0, 100],
  backoff: [0, 86_400],
  timeout: [1, 86_399],
  concurrency: [1, 100]
} as const

const isWhole = (value: number, most: number) => Number.isInteger(value) && value >= 1 && value <= most

/** What has ended leaves the queue after twelve hours: for no longer it is known when it began. */
const assertRate = (name: string, rate: Job['rate']) => {
  if (rate && !(isWhole(rate.max, 10_000) && isWhole(rate.seconds, 3600)))
    throw new Error(`The job ${name} has a rate that is not of 1 to 10000 attempts in 1 to 3600 seconds`)
}

const assertBounds = (name: string, spec: typeof DEFAULTS) => {
  for (const [key, [least, most]] of Object.entries(BOUNDS)) {
    const value = spec[key as keyof typeof BOUNDS]
    if (!Number.isInteger(value) || value < least || value > most)
      throw new Error(`The job ${name} has ${key} ${value}: give a whole number from ${least} to ${most}`)
  }
}

/**
 * Declares a job. The application lists it, `jobs([welcome])`, and any process of it runs it.
 *
 * @throws {Error} for a name that is not in snake_case, or a number out of its bounds
 * @example
 * const welcome = defineJob('send_welcome', {
 *   input: Type.Object({ user_id: Type.Integer() }),
 *   run: async ({ user_id }, { knex }) => { … }
 * })
 */
export const defineJob = <I extends TSchema>(name: string, spec: JobSpec<I>): Job<I> => {
  if (!/^[a-z][a-z0-9_]{0,62}$/.test(name))
    throw new Error(`The job ${JSON.stringify(name)} is not named in snake_case, such as send_welcome`)
  const job: Job<I> = {
    ...DEFAULTS,
    ...spec,
    name,
    enqueue: (input, context, options) => context.app.get('jobQueues').enqueue(job, input, context, options)
  }
  assertBounds(name, job)
  assertRate(name, job.rate)

  return job
}
