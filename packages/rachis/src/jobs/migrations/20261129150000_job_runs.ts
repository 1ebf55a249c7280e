import type { Knex } from 'knex'

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table "job_runs" (
      "id" uuid not null default uuid_v7(),
      "job" text not null,
      "user_id" bigint,
      "state" text not null,
      "attempts" integer not null,
      "progress" integer,
      "done" bigint,
      "total" bigint,
      "message" text,
      "error" text,
      "started_at" timestamptz(3),
      "ended_at" timestamptz(3),
      "created_at" timestamptz(3) not null default now(),
      "updated_at" timestamptz(3) not null default now(),
      constraint "job_runs_pkey" primary key ("id"),
      constraint "job_runs_job_check" check (char_length("job") <= 63),
      constraint "job_runs_state_check" check ("state" in ('queued', 'active', 'completed', 'failed')),
      constraint "job_runs_attempts_check" check ("attempts" >= 0),
      constraint "job_runs_progress_check" check ("progress" >= 0 and "progress" <= 100),
      constraint "job_runs_message_check" check (char_length("message") <= 200),
      constraint "job_runs_error_check" check (char_length("error") <= 63),
      constraint "job_runs_started_at_check" check ("started_at" >= '0001-01-01Z' and "started_at" < '10000-01-01Z'),
      constraint "job_runs_ended_at_check" check ("ended_at" >= '0001-01-01Z' and "ended_at" < '10000-01-01Z'),
      constraint "job_runs_created_at_check" check ("created_at" >= '0001-01-01Z' and "created_at" < '10000-01-01Z'),
      constraint "job_runs_updated_at_check" check ("updated_at" >= '0001-01-01Z' and "updated_at" < '10000-01-01Z')
    )
  `)
  await knex.raw(`
    create index "job_runs_user_id_idx" on "job_runs" ("user_id")
  `)
  await knex.raw(`
    create index "job_runs_state_idx" on "job_runs" ("state")
  `)
  await knex.raw(`
    create index "job_runs_created_at_idx" on "job_runs" ("created_at")
  `)
  await knex.raw(`
    create index "job_runs_ended_at_idx" on "job_runs" ("ended_at")
  `)
  await knex.raw(`
    create trigger record_truncation after truncate on "job_runs" for each statement execute function record_truncation('job_runs')
  `)
  await knex.raw(`
    create trigger record_change after insert or update or delete on "job_runs" for each row execute function record_change('job_runs')
  `)
  await knex.raw(`
    alter table "job_runs" add constraint "job_runs_user_id_fkey" foreign key ("user_id") references "users" ("id") on delete cascade
  `)
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table "job_runs" drop constraint "job_runs_user_id_fkey"
  `)
  await knex.raw(`
    drop trigger record_change on "job_runs"
  `)
  await knex.raw(`
    drop trigger record_truncation on "job_runs"
  `)
  await knex.raw(`
    drop index "job_runs_ended_at_idx"
  `)
  await knex.raw(`
    drop index "job_runs_created_at_idx"
  `)
  await knex.raw(`
    drop index "job_runs_state_idx"
  `)
  await knex.raw(`
    drop index "job_runs_user_id_idx"
  `)
  await knex.raw(`
    drop table "job_runs"
  `)
}

