import type { Knex } from 'knex'

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table "security_events" add column "origin" text
  `)
  await knex.raw(`
    alter table "security_events" add constraint "security_events_origin_key" unique ("origin")
  `)
  await knex.raw(`
    alter table "security_events" add constraint "security_events_origin_check" check (char_length("origin") <= 100)
  `)
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table "security_events" drop constraint "security_events_origin_check"
  `)
  await knex.raw(`
    alter table "security_events" drop constraint "security_events_origin_key"
  `)
  await knex.raw(`
    alter table "security_events" drop column "origin"
  `)
}
