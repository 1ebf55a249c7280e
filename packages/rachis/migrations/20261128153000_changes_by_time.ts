import type { Knex } from 'knex'

export const config = { transaction: false }

/**
 * Every write paid for an index on the time of all changes that only the view of audits reads, by ranges. Changes are written in the order
 * of their times, so that an index of blocks (BRIN) finds them, and costs a write nothing. Writers do not wait while it is built.
 */
export async function up(knex: Knex): Promise<void> {
  // An interrupted build leaves an invalid index behind.
  await knex.raw('drop index concurrently if exists changes_created_at_blocks_idx')
  await knex.raw('create index concurrently changes_created_at_blocks_idx on changes using brin (created_at)')
  await knex.raw('drop index concurrently if exists changes_created_at_idx')
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop index concurrently if exists changes_created_at_idx')
  await knex.raw('create index concurrently changes_created_at_idx on changes (created_at)')
  await knex.raw('drop index concurrently if exists changes_created_at_blocks_idx')
}
