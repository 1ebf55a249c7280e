import type { Knex } from 'knex'

export async function up(knex: Knex): Promise<void> {
  await knex.raw('alter table "api_keys" rename column "last_used_at" to "last_used"')
  await knex.raw(
    'alter table "api_keys" rename constraint "api_keys_last_used_at_check" to "api_keys_last_used_check"'
  )
  await knex.raw(`
    alter table "api_keys" add column "is_active" boolean generated always as (revoked_at is null) stored not null
  `)
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table "api_keys" drop column "is_active"
  `)
  await knex.raw(
    'alter table "api_keys" rename constraint "api_keys_last_used_check" to "api_keys_last_used_at_check"'
  )
  await knex.raw('alter table "api_keys" rename column "last_used" to "last_used_at"')
}
