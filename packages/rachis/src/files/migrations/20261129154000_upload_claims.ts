import type { Knex } from 'knex'

/**
 * Which request writes a resumable upload, until when no other one does, and what is kept of it. No events tell of it, so that it is not recorded; that of an upload
 * that is removed goes with its bytes, so that taking one asks for no key.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table upload_claims (
      upload_id uuid primary key,
      claim uuid not null,
      held_until timestamptz,
      kept bigint not null,
      is_checked boolean not null,
      parts jsonb not null
    )
  `)
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table upload_claims')
}
