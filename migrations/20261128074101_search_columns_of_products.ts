import type { Knex } from 'knex'

/**
 * The table is rewritten, and locked meanwhile; so each table has its own migration. Indexes
 * that it would have to build anew under the lock go first; search_indexes builds theirs.
 */
export async function up(knex: Knex): Promise<void> {
  // Databases that were migrated before this was a migration of its own have the columns.
  if (await knex.schema.hasColumn('products', '_search')) return
  await knex.raw('drop index if exists "products_search_idx", "products_search_trgm_idx"')
  await knex.raw(`
    alter table "products" add column "_search" tsvector generated always as (to_tsvector('simple', left(lower(coalesce("name", '') || ' ' || coalesce("description", '') || ' ' || coalesce("brand", '') || ' ' || coalesce("sku", '')), 100000))) stored, add column "_search_text" text generated always as (lower(left(coalesce("name", ''), 100) || ' ' || left(coalesce("description", ''), 100) || ' ' || left(coalesce("brand", ''), 100) || ' ' || left(coalesce("sku", ''), 100))) stored
  `)
  await knex.raw(`
    drop trigger record_change on "products"
  `)
  await knex.raw(`
    create trigger record_change after insert or update or delete on "products" for each row execute function record_change('products', '_search', '_search_text')
  `)
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop trigger record_change on "products"
  `)
  await knex.raw(`
    create trigger record_change after insert or update or delete on "products" for each row execute function record_change('products')
  `)
  await knex.raw(`
    alter table "products" drop column "_search", drop column "_search_text"
  `)
}
