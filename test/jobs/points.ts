import { accounts } from '../../packages/rachis/src/accounts'
import type { AppOptions } from '../../packages/rachis/src/create-app'
import {
  $user,
  authenticated,
  defineResource,
  owner,
  role,
  text,
  Type
} from '../../packages/rachis/src/declare'
import { defineJob, jobs } from '../../packages/rachis/src/jobs'

/**
 * Locks that a test holds what has one of these titles back with: a process is killed at all of the points at once. `lost` is that of a transaction that ends
 * with its connection, though its process has said COMMIT.
 */
export const LOCKS = { held: 4711, lost: 4712 } as const
const STOP = `select pg_advisory_xact_lock_shared(${LOCKS.held})`

/** Titles of jobs by where they stop: the database comes past some of the points, see {@link STOPS}, and handlers past the others. */
export const POINTS = {
  write: ['beginning', 'reading', 'written', 'completing', 'committing', 'lost'],
  send: ['sending', 'sent', 'ending'],
  fail: ['failing', 'failed']
} as const

const input = Type.Object({ title: Type.String({ minLength: 1 }) }, { additionalProperties: false })
const bounds = { input, retries: 1, backoff: 0, timeout: 60, concurrency: 10 } as const

/** Writes a record in the transaction by which it ends, and says how far it is. */
export const write = defineJob('write', {
  ...bounds,
  progress: true,
  async run({ title }, { knex, user, progress }) {
    progress(50)
    if (title === 'reading') await knex.raw(STOP)
    await knex('letters').insert({ title, user_id: user!.id })
    if (title === 'written') await knex.raw(STOP)
  }
})

/** Does something elsewhere: `calls` has each attempt, `receipts` what the other side knows again by the id. */
export const send = defineJob('send', {
  ...bounds,
  transaction: false,
  async run({ title }, { knex, id }) {
    if (title === 'sending') await knex.raw(STOP)
    await knex('calls').insert({ job_id: id, title })
    await knex('receipts').insert({ job_id: id, title }).onConflict('job_id').ignore()
    if (title === 'sent') await knex.raw(STOP)
  }
})

export const fail = defineJob('fail', {
  ...bounds,
  retries: 0,
  run: () => Promise.reject(new Error('It fails'))
})

const JOBS = { write, send, fail }

export const letters = defineResource('letters', {
  fields: { title: text(), user_id: owner('users') },
  access: { read: [{ user_id: $user.id }, role('admin')] },
  actions: {
    order: {
      on: 'collection',
      input: Type.Object({
        job: Type.Union([Type.Literal('write'), Type.Literal('send'), Type.Literal('fail')]),
        title: Type.String(),
        note: Type.Optional(Type.String())
      }),
      output: Type.Object({ id: Type.Union([Type.String(), Type.Null()]) }),
      access: authenticated,
      async run({ job, title, note }, context) {
        const id = await JOBS[job].enqueue({ title }, context)
        if (note) await context.knex('letters').insert({ title: note, user_id: context.user!.id })
        if (note === 'calling') await context.knex.raw(STOP)
        return { id: id ?? null }
      }
    }
  }
})

/** What lies beside the tables of declarations, and the points that statements of the engine come past: the last two while a transaction commits. */
export const STOPS = `
create table calls (job_id text, title text);
create table receipts (job_id text primary key, title text);
create function stop() returns trigger language plpgsql as $$ begin
  perform pg_advisory_xact_lock_shared(tg_argv[0]::bigint);
  return new;
end $$;
create function stop_job() returns trigger language plpgsql as $$ begin
  if new.data -> 'input' ->> 'title' in ('completing', 'ending', 'failing') and new.state::text in ('completed', 'failed')
  then perform pg_advisory_xact_lock_shared(${LOCKS.held}); end if;
  return new;
end $$;
create function stop_run() returns trigger language plpgsql as $$ begin
  if exists (select from pgboss.job where id = new.id and data -> 'input' ->> 'title' = 'beginning')
  then perform pg_advisory_xact_lock_shared(${LOCKS.held}); end if;
  return new;
end $$;
create trigger stop before insert or update on pgboss.job for each row execute function stop_job();
create trigger stop before update on job_runs for each row when (new.state = 'active') execute function stop_run();
create trigger stop before insert on dead_letters for each row when (new.input ->> 'title' = 'failed') execute function stop(${LOCKS.held});
create constraint trigger stop after insert on letters deferrable initially deferred for each row
  when (new.title in ('committing', 'answering')) execute function stop(${LOCKS.held});
create constraint trigger lose after insert on letters deferrable initially deferred for each row
  when (new.title = 'lost') execute function stop(${LOCKS.lost});`

const config = { database: { pool_max: 30 }, jobs: { poll_interval: 100, maintenance: 1, shutdown_grace: 0 } }

/** Of a process that runs jobs, or of one that only enqueues them. */
export const optionsOf = (enabled: boolean): AppOptions => ({
  resources: [letters],
  modules: [accounts, jobs([write, send, fail])],
  config: { ...config, jobs: { ...config.jobs, enabled } }
})

/** Of another process on the database of a stage. */
export const runnerOf = (url: string, migrations: string): AppOptions => {
  const options = optionsOf(true)
  return { ...options, migrations, config: { ...options.config, secret_key: `of-a-stage-only-${url}`, database: { ...config.database, url } } }
} // prettier-ignore
