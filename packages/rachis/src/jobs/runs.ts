import type { Knex } from 'knex'
import type { ModuleContext } from '../module'
import type { Job } from './define-job'
import type { Standing } from './progress'
import type { Taken } from './queue'

const FORGOTTEN = `progress = null, done = null, total = null, message = null, error = null, ended_at = null, updated_at = clock_timestamp()`

/** Under a key whose job was forgotten there may be a run already: it is that of the new job from now on. */
const QUEUED = `
insert into job_runs (id, job, user_id, state, attempts)
values ($1, $2, (select id from users where id = $3::bigint), 'queued', 0)
on conflict (id) do update set state = 'queued', attempts = 0, user_id = excluded.user_id, started_at = null,
  created_at = clock_timestamp(), ${FORGOTTEN}`

/** A job that was enqueued by a schedule has no run before it begins. */
const BEGUN = `
insert into job_runs as known (id, job, user_id, state, attempts, started_at)
values ($1, $2, (select id from users where id = $3::bigint), 'active', $4, clock_timestamp())
on conflict (id) do update set state = 'active', attempts = excluded.attempts, started_at = excluded.started_at, ${FORGOTTEN}
where known.attempts <= excluded.attempts`

const STANDING = `progress = $3, done = $4, total = $5, message = $6, updated_at = clock_timestamp()`

/** An attempt that was given to another process writes nothing any more. */
const REPORTED = `update job_runs set ${STANDING} where id = $1 and attempts = $2 and state = 'active'`

const ENDED = `
update job_runs set ${STANDING}, state = $7, error = $8,
  ended_at = case when $7 = 'queued' then null else clock_timestamp() end
where id = $1 and attempts = $2`

const RELEASED = `
update job_runs set state = 'queued', attempts = attempts - 1, started_at = null, ${FORGOTTEN}
where id = $1 and attempts = $2 and state = 'active'`

const valuesOf = ({ progress, done, total, message }: Standing) => [progress, done, total, message]

/** How an attempt ended: `queued` where it is tried again. */
export interface RunEnding {
  readonly state: 'completed' | 'failed' | 'queued'
  readonly standing: Standing
  /** A code that clients may decide by. */
  readonly error?: string
}

/** Writes the runs of one job, which its users see; nothing of a job that has none. */
export class Runs {
  constructor(
    private readonly context: ModuleContext,
    private readonly job: Pick<Job, 'name' | 'progress'>
  ) {}

  /** In the transaction by which the job is enqueued. */
  queued(id: string, user_id: string | undefined, trx: Knex.Transaction): Promise<unknown> {
    return this.write(QUEUED, [id, this.job.name, user_id ?? null], trx)
  }

  /** On a connection of its own, so that it is seen while the attempt runs. */
  begun({ id, retryCount }: Taken, user_id: string | undefined): Promise<unknown> {
    return this.write(BEGUN, [id, this.job.name, user_id ?? null, retryCount + 1])
  }

  /** Likewise. */
  reported({ id, retryCount }: Taken, standing: Standing): Promise<unknown> {
    return this.write(REPORTED, [id, retryCount + 1, ...valuesOf(standing)])
  }

  /** In the transaction by which the end is recorded in the queue. */
  ended({ id, retryCount }: Taken, { state, standing, error }: RunEnding, trx: Knex.Transaction) {
    const last = state === 'completed' ? { ...standing, progress: 100 } : standing

    return this.write(ENDED, [id, retryCount + 1, ...valuesOf(last), state, error ?? null], trx)
  }

  /** As if it had not begun. */
  released({ id, retryCount }: Taken, trx: Knex.Transaction): Promise<unknown> {
    return this.write(RELEASED, [id, retryCount + 1], trx)
  }

  private async write(text: string, values: readonly unknown[], trx?: Knex.Transaction): Promise<void> {
    if (!this.job.progress) return
    await this.context.database.query({ text, values }, trx)
    if (!trx) this.context.app.get('engine').wake()
  }
}

/** Which runs do not say what the queue knows, and what it knows. What is not in the queue any more was not done. */
const LOST = (schema: string) => `
update job_runs run set error = 'JOB_LOST', updated_at = clock_timestamp(),
  state = case when job.state < 'active' then 'queued' else 'failed' end,
  ended_at = case when job.state < 'active' then null else clock_timestamp() end
from job_runs known left join ${schema}.job job on job.name = known.job and job.id = known.id
where run.id = known.id and run.state = known.state and run.attempts = known.attempts and known.state in ('queued', 'active')
  and (job.id is null or job.state in ('failed', 'cancelled') or (known.state = 'active' and job.state < 'active'))
returning run.id`

/** Brings runs up to date whose process was killed in an attempt: the queue finds out once the time of that is over. */
export const noteLostRuns = async ({ app, database }: ModuleContext): Promise<void> => {
  const found = await database.query({ text: LOST(app.get('jobs').schema), values: [] })
  if (found.length > 0) app.get('engine').wake()
}
