import type { Knex } from 'knex'

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table "sessions" add column "rotated_at" timestamptz(3)
  `)
  await knex.raw(`
    alter table "sessions" add column "last_used_at" timestamptz(3)
  `)
  await knex.raw(`
    alter table "sessions" add column "address" text
  `)
  await knex.raw(`
    alter table "sessions" add column "user_agent" text
  `)
  await knex.raw(`
    alter table "sessions" add column "mfa_at" timestamptz(3)
  `)
  await knex.raw(`
    alter table "sessions" add column "impersonator_id" bigint
  `)
  await knex.raw(`
    alter table "sessions" add constraint "sessions_rotated_at_check" check ("rotated_at" >= '0001-01-01Z' and "rotated_at" < '10000-01-01Z')
  `)
  await knex.raw(`
    alter table "sessions" add constraint "sessions_last_used_at_check" check ("last_used_at" >= '0001-01-01Z' and "last_used_at" < '10000-01-01Z')
  `)
  await knex.raw(`
    alter table "sessions" add constraint "sessions_address_check" check (char_length("address") <= 45)
  `)
  await knex.raw(`
    alter table "sessions" add constraint "sessions_user_agent_check" check (char_length("user_agent") <= 200)
  `)
  await knex.raw(`
    alter table "sessions" add constraint "sessions_mfa_at_check" check ("mfa_at" >= '0001-01-01Z' and "mfa_at" < '10000-01-01Z')
  `)
  await knex.raw(`
    alter table "sessions" add constraint "sessions_impersonator_id_fkey" foreign key ("impersonator_id") references "users" ("id") on delete cascade
  `)
  await knex.raw(`
    create index "sessions_impersonator_id_idx" on "sessions" ("impersonator_id")
  `)
  await knex.raw(`
    drop trigger record_change on "sessions"
  `)
  await knex.raw(`
    create trigger record_change after insert or update or delete on "sessions" for each row execute function record_change('sessions', 'generation', 'rotated_at')
  `)
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop trigger record_change on "sessions"
  `)
  await knex.raw(`
    create trigger record_change after insert or update or delete on "sessions" for each row execute function record_change('sessions')
  `)
  await knex.raw(`
    drop index "sessions_impersonator_id_idx"
  `)
  await knex.raw(`
    alter table "sessions" drop constraint "sessions_impersonator_id_fkey"
  `)
  await knex.raw(`
    alter table "sessions" drop constraint "sessions_mfa_at_check"
  `)
  await knex.raw(`
    alter table "sessions" drop constraint "sessions_user_agent_check"
  `)
  await knex.raw(`
    alter table "sessions" drop constraint "sessions_address_check"
  `)
  await knex.raw(`
    alter table "sessions" drop constraint "sessions_last_used_at_check"
  `)
  await knex.raw(`
    alter table "sessions" drop constraint "sessions_rotated_at_check"
  `)
  await knex.raw(`
    alter table "sessions" drop column "impersonator_id"
  `)
  await knex.raw(`
    alter table "sessions" drop column "mfa_at"
  `)
  await knex.raw(`
    alter table "sessions" drop column "user_agent"
  `)
  await knex.raw(`
    alter table "sessions" drop column "address"
  `)
  await knex.raw(`
    alter table "sessions" drop column "last_used_at"
  `)
  await knex.raw(`
    alter table "sessions" drop column "rotated_at"
  `)
}
