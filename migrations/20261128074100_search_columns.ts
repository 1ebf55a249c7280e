import type { Knex } from 'knex'

/**
 * The table is rewritten, and locked meanwhile; so each table has its own migration. Indexes
 * that it would have to build anew under the lock go first; search_indexes builds theirs.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw('drop index if exists "tasks_search_idx", "tasks_search_trgm_idx"')
  await knex.raw(`
    alter table "tasks" add column "_search" tsvector generated always as (to_tsvector('simple', left(lower(coalesce("title", '') || ' ' || coalesce("description", '')), 100000))) stored, add column "_search_text" text generated always as (lower(left(coalesce("title", ''), 100) || ' ' || left(coalesce("description", ''), 100))) stored
  `)
  await knex.raw(`
    drop trigger record_change on "tasks"
  `)
  await knex.raw(`
    create trigger record_change after insert or update or delete on "tasks" for each row execute function record_change('tasks', '_search', '_search_text')
  `)
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop trigger record_change on "tasks"
  `)
  await knex.raw(`
    create trigger record_change after insert or update or delete on "tasks" for each row execute function record_change('tasks')
  `)
  await knex.raw(`
    alter table "tasks" drop column "_search", drop column "_search_text"
  `)
}
