import type { Knex } from 'knex'

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table "orders" add column "version" bigint not null default 1
  `)
  await knex.raw(`
    create trigger count_version before update on "orders" for each row execute function count_version('version')
  `)
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop trigger count_version on "orders"
  `)
  await knex.raw(`
    alter table "orders" drop column "version"
  `)
}
