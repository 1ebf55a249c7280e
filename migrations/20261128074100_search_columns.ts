import type { Knex } from 'knex'

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    drop index "tasks_search_idx"
  `)
  await knex.raw(`
    drop index "tasks_search_trgm_idx"
  `)
  await knex.raw(`
    alter table "tasks" add column "_search" tsvector generated always as (to_tsvector('simple', left(lower(coalesce("title", '') || ' ' || coalesce("description", '')), 100000))) stored, add column "_search_text" text generated always as (lower(left(coalesce("title", ''), 100) || ' ' || left(coalesce("description", ''), 100))) stored
  `)
  await knex.raw(`
    create index "tasks_search_idx" on "tasks" using gin ("_search")
  `)
  await knex.raw(`
    create index "tasks_search_trgm_idx" on "tasks" using gin ("_search_text" gin_trgm_ops)
  `)
  await knex.raw(`
    drop trigger record_change on "tasks"
  `)
  await knex.raw(`
    create trigger record_change after insert or update or delete on "tasks" for each row execute function record_change('tasks', '_search', '_search_text')
  `)
  await knex.raw(`
    drop index "products_search_idx"
  `)
  await knex.raw(`
    drop index "products_search_trgm_idx"
  `)
  await knex.raw(`
    alter table "products" add column "_search" tsvector generated always as (to_tsvector('simple', left(lower(coalesce("name", '') || ' ' || coalesce("description", '') || ' ' || coalesce("brand", '') || ' ' || coalesce("sku", '')), 100000))) stored, add column "_search_text" text generated always as (lower(left(coalesce("name", ''), 100) || ' ' || left(coalesce("description", ''), 100) || ' ' || left(coalesce("brand", ''), 100) || ' ' || left(coalesce("sku", ''), 100))) stored
  `)
  await knex.raw(`
    create index "products_search_idx" on "products" using gin ("_search")
  `)
  await knex.raw(`
    create index "products_search_trgm_idx" on "products" using gin ("_search_text" gin_trgm_ops)
  `)
  await knex.raw(`
    drop trigger record_change on "products"
  `)
  await knex.raw(`
    create trigger record_change after insert or update or delete on "products" for each row execute function record_change('products', '_search', '_search_text')
  `)
  await knex.raw(`
    drop index "stores_search_idx"
  `)
  await knex.raw(`
    drop index "stores_search_trgm_idx"
  `)
  await knex.raw(`
    alter table "stores" add column "_search" tsvector generated always as (to_tsvector('simple', left(lower(coalesce("name", '') || ' ' || coalesce("address", '')), 100000))) stored, add column "_search_text" text generated always as (lower(left(coalesce("name", ''), 100) || ' ' || left(coalesce("address", ''), 100))) stored
  `)
  await knex.raw(`
    create index "stores_search_idx" on "stores" using gin ("_search")
  `)
  await knex.raw(`
    create index "stores_search_trgm_idx" on "stores" using gin ("_search_text" gin_trgm_ops)
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
    drop index "stores_search_trgm_idx"
  `)
  await knex.raw(`
    drop index "stores_search_idx"
  `)
  await knex.raw(`
    alter table "stores" drop column "_search", drop column "_search_text"
  `)
  await knex.raw(`
    create index "stores_search_trgm_idx" on "stores" using gin ((lower(coalesce("name", '') || ' ' || coalesce("address", ''))) gin_trgm_ops)
  `)
  await knex.raw(`
    create index "stores_search_idx" on "stores" using gin (to_tsvector('simple', lower(coalesce("name", '') || ' ' || coalesce("address", ''))))
  `)
  await knex.raw(`
    drop trigger record_change on "products"
  `)
  await knex.raw(`
    create trigger record_change after insert or update or delete on "products" for each row execute function record_change('products')
  `)
  await knex.raw(`
    drop index "products_search_trgm_idx"
  `)
  await knex.raw(`
    drop index "products_search_idx"
  `)
  await knex.raw(`
    alter table "products" drop column "_search", drop column "_search_text"
  `)
  await knex.raw(`
    create index "products_search_trgm_idx" on "products" using gin ((lower(coalesce("name", '') || ' ' || coalesce("description", '') || ' ' || coalesce("brand", '') || ' ' || coalesce("sku", ''))) gin_trgm_ops)
  `)
  await knex.raw(`
    create index "products_search_idx" on "products" using gin (to_tsvector('simple', lower(coalesce("name", '') || ' ' || coalesce("description", '') || ' ' || coalesce("brand", '') || ' ' || coalesce("sku", ''))))
  `)
  await knex.raw(`
    drop trigger record_change on "tasks"
  `)
  await knex.raw(`
    create trigger record_change after insert or update or delete on "tasks" for each row execute function record_change('tasks')
  `)
  await knex.raw(`
    drop index "tasks_search_trgm_idx"
  `)
  await knex.raw(`
    drop index "tasks_search_idx"
  `)
  await knex.raw(`
    alter table "tasks" drop column "_search", drop column "_search_text"
  `)
  await knex.raw(`
    create index "tasks_search_trgm_idx" on "tasks" using gin ((lower(coalesce("title", '') || ' ' || coalesce("description", ''))) gin_trgm_ops)
  `)
  await knex.raw(`
    create index "tasks_search_idx" on "tasks" using gin (to_tsvector('simple', lower(coalesce("title", '') || ' ' || coalesce("description", ''))))
  `)
}
