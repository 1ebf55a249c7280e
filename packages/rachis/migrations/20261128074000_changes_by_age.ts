import type { Knex } from 'knex'

export const config = { transaction: false }

/** Each resource's changes by their age, so that pruning reads only what it deletes. Writers do not wait while it is built. */
export async function up(knex: Knex): Promise<void> {
  // An interrupted build leaves an invalid index behind.
  await knex.raw('drop index concurrently if exists changes_resource_created_at_idx')
  await knex.raw(
    'create index concurrently changes_resource_created_at_idx on changes (resource, created_at)'
  )
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop index concurrently if exists changes_resource_created_at_idx')
}
