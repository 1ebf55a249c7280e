import type { Knex } from 'knex'

/** What a client of tus says of an upload is answered to it again. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table "uploads" add column "metadata" text
  `)
  await knex.raw(`
    alter table "uploads" add constraint "uploads_metadata_check" check (char_length("metadata") <= 4096)
  `)
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('alter table "uploads" drop column "metadata"')
}
