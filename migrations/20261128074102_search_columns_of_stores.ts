import type { Knex } from 'knex'

/**
 * The table is rewritten, and locked meanwhile; so each table has its own migration. Indexes
 * that it would have to build anew under the lock go first; search_indexes builds theirs.
 */
export async function up(knex: Knex): Promise<void> {
  // Databases that were migrated before this was a migration of its own have the columns.
  if (await knex.schema.hasColumn('stores', '_search')) return
  await knex.raw('drop index if exists "stores_search_idx", "stores_search_trgm_idx"')
  await knex.raw(`
    alter table "stores" add column "_search" tsvector generated always as (to_tsvector('simple', left(lower(coalesce("name", '') || ' ' || coalesce("address", '')), 100000))) stored, add column "_search_text" text generated always as (lower(left(coalesce("name", ''), 100) || ' ' || left(coalesce("address", ''), 100))) stored
  `)
  await knex.raw(`
    drop trigger record_change on "stores"
  `)
  await knex.raw(`
    create trigger record_change after insert or update or delete on "stores" for each row execute function record_change('stores', '_search', '_search_text')
  `)
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop trigger record_change on "stores"
  `)
  await knex.raw(`
    create trigger record_change after insert or update or delete on "stores" for each row execute function record_change('stores')
  `)
  await knex.raw(`
    alter table "stores" drop column "_search", drop column "_search_text"
  `)
}
