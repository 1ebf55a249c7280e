import type { ModuleContext } from '../module'
import { holdLock } from '../sql/named-lock'
import type { Boss } from './boss'
import { executor } from './boss'
import type { Job } from './define-job'
import type { Taken } from './queue'

const fetchWith = (boss: Boss, { name }: Job, batchSize: number, options: object = {}) =>
  boss.fetch(name, { batchSize, includeMetadata: true, ...options }) as Promise<readonly Taken[]>

/** Attempts that began within the last seconds, in any process. */
const BEGUN = (schema: string) =>
  `select count(*)::int as count from ${schema}.job where name = $1 and started_on > now() - make_interval(secs => $2)`

/** One process looks at a time: two would each begin what is left of the rate. */
const takeWithinRate = (context: ModuleContext, boss: Boss, job: Job, count: number, { max, seconds }: NonNullable<Job['rate']>) =>
  context.knex.transaction(async (trx) => {
    await holdLock(trx, `rate of the job ${job.name}`)
    const text = BEGUN(context.app.get('jobs').schema)
    const [begun] = await context.database.query<{ count: number }>({ text, values: [job.name, seconds] }, trx)
    const left = Math.min(count, max - begun!.count)

    return left > 0 ? fetchWith(boss, job, left, { db: executor(context, trx) }) : []
  }) // prettier-ignore

/** Takes jobs that are due for this process, as many as there is room for and as the rate of the job allows all processes together. */
export const take = (
  context: ModuleContext,
  boss: Boss,
  job: Job,
  count: number
): Promise<readonly Taken[]> =>
  job.rate ? takeWithinRate(context, boss, job, count, job.rate) : fetchWith(boss, job, count)
