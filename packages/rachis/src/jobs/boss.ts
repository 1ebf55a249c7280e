import type PgBossModule from 'pg-boss'
import type { Knex } from 'knex'
import type { ModuleContext } from '../module'
import type { Job } from './define-job'

export type Boss = PgBossModule

/** The queue of pg-boss that receives every job that has failed for good. */
export const DEAD = 'dead_letters'

/** Runs a statement of pg-boss: on the transaction, or on a connection of the pool that calls share. */
export const executor = ({ database, knex }: ModuleContext, trx?: Knex.Transaction) => ({
  async executeSql(text: string, values?: unknown[]) {
    // Several statements in one text can be sent only without values.
    if (!values) return (await knex.raw(text)) as { rows: never[] }
    return { rows: (await database.query({ text, values }, trx)) as never[] }
  }
})

const optionsOf = ({ name, retries, backoff, timeout }: Job, deadLetter: string) => ({
  name,
  policy: 'standard' as const,
  retryLimit: retries,
  retryDelay: backoff,
  retryBackoff: backoff > 0,
  expireInSeconds: timeout,
  deadLetter
})

/** Makes the queues that are not there, and gives the others what is declared now. */
const prepareQueues = async (boss: Boss, jobs: readonly Job[]) => {
  const known = new Map((await boss.getQueues()).map((queue) => [queue.name, queue]))
  if (!known.has(DEAD)) await boss.createQueue(DEAD)
  for (const job of jobs) {
    const options = optionsOf(job, DEAD)
    const found = known.get(job.name)
    if (!found) await boss.createQueue(job.name, options)
    else if (isOther(found, options)) await boss.updateQueue(job.name, options)
  }
}

const isOther = (found: object, options: object) =>
  Object.entries(options).some(([key, value]) => (found as Record<string, unknown>)[key] !== value)

/** Schedules what is declared with a schedule, and no longer what is not. */
const prepareSchedules = async (boss: Boss, jobs: readonly Job[]) => {
  const scheduled = jobs.filter(({ schedule }) => schedule)
  for (const { name } of await boss.getSchedules())
    if (!scheduled.some((job) => job.name === name)) await boss.unschedule(name)
  for (const { name, schedule } of scheduled) {
    const data = { job: name, input: schedule!.input as object }
    await boss.schedule(name, schedule!.cron, data, { tz: schedule!.time_zone ?? 'UTC' })
  }
}

/**
 * Removes queues with the jobs in them. Whoever enqueues a job holds the row of its queue until they commit: nobody does between the statements,
 * and a queue with jobs in it is not removed.
 */
const removeQueues = async ({ app, knex }: ModuleContext, names: readonly string[]) => {
  const { schema } = app.get('jobs')
  for (const name of names)
    await knex.transaction(async (trx) => {
      await trx.raw(`select from ${schema}.queue where name = ? for update`, [name])
      await trx.raw(`delete from ${schema}.job where name = ?`, [name])
      await trx.raw(`select ${schema}.delete_queue(name) from ${schema}.queue where name = ?`, [name])
    })
}

const madeWith = (context: ModuleContext, options: { schedule: boolean; supervise: boolean }): Boss => {
  const PgBoss = require('pg-boss') as typeof PgBossModule
  const { schema, maintenance, poll_interval } = context.app.get('jobs')
  const cronWorkerIntervalSeconds = Math.min(45, Math.max(1, Math.round(poll_interval / 1000)))
  const intervals = { maintenanceIntervalSeconds: maintenance, cronWorkerIntervalSeconds }
  const boss = new PgBoss({ db: executor(context), schema, ...intervals, ...options })
  boss.on('error', (err) => context.logger.error({ err }, 'Jobs could not be looked after'))

  return boss
}

/**
 * Makes the schema of pg-boss, or brings it up to date, with the queues and the schedules that are declared.
 *
 * @param retired names of queues that are removed, with the jobs in them
 * @throws {Error} for a schedule that is no cron expression, or names no time zone
 */
export const installBoss = async (
  context: ModuleContext,
  jobs: readonly Job[],
  retired: readonly string[]
): Promise<void> => {
  const boss = madeWith(context, { schedule: false, supervise: false })
  await boss.start()
  await removeQueues(context, retired)
  await prepareQueues(boss, jobs)
  await prepareSchedules(boss, jobs)
  await boss.stop({ graceful: false, close: false })
}

/** Loads pg-boss, whose schema is there. */
export const openBoss = (context: ModuleContext): Promise<Boss> =>
  madeWith(context, { schedule: false, supervise: context.app.get('jobs').enabled }).start()

/** Enqueues what is scheduled. It begins once the schedules are stored: it looks at them at once, and then every 30 seconds. */
export const openClock = async (context: ModuleContext): Promise<Boss> => {
  const clock = madeWith(context, { schedule: true, supervise: false })

  return clock.start()
}
