import type { Knex } from 'knex'

/**
 * Which process makes the next attempt of a delivery, and until when no other one does. No events tell of it, so that it is not recorded; a
 * delivery that is removed leaves its claim to a job, so that making one asks for no key.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table webhook_claims (
      delivery_id bigint primary key,
      endpoint_id bigint not null,
      holder uuid not null,
      held_until timestamptz not null
    )
  `)
  await knex.raw('create index webhook_claims_endpoint_id_idx on webhook_claims (endpoint_id)')
  await knex.raw('drop index "webhook_deliveries_state_next_attempt_at_idx"')
  await knex.raw(`
    create index "webhook_deliveries_state_endpoint_id_next_attempt_at_idx" on "webhook_deliveries" ("state", "endpoint_id", "next_attempt_at")
  `)
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop index "webhook_deliveries_state_endpoint_id_next_attempt_at_idx"')
  await knex.raw(`
    create index "webhook_deliveries_state_next_attempt_at_idx" on "webhook_deliveries" ("state", "next_attempt_at")
  `)
  await knex.raw('drop table webhook_claims')
}
