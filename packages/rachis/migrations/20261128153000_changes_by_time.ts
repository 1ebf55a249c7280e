import type { Knex } from 'knex'

export const config = { transaction: false }

/** Of the schema of the tables alone: along the search path another program may have an index of the same name. */
const dropIndex = async (knex: Knex, name: string): Promise<void> => {
  const { rows } = await knex.raw<{ rows: { schema: string }[] }>('select current_schema() as schema')
  await knex.raw('drop index concurrently if exists ??.??', [rows[0]!.schema, name])
}

/**
 * Every write paid for an index on the time of all changes that only the view of audits reads, by ranges. Changes are written in the order
 * of their times, so that an index of blocks (BRIN) finds them, and costs a write nothing. Writers do not wait while it is built.
 */
export async function up(knex: Knex): Promise<void> {
  // An interrupted build leaves an invalid index behind.
  await dropIndex(knex, 'changes_created_at_blocks_idx')
  await knex.raw('create index concurrently changes_created_at_blocks_idx on changes using brin (created_at)')
  await dropIndex(knex, 'changes_created_at_idx')
}

export async function down(knex: Knex): Promise<void> {
  await dropIndex(knex, 'changes_created_at_idx')
  await knex.raw('create index concurrently changes_created_at_idx on changes (created_at)')
  await dropIndex(knex, 'changes_created_at_blocks_idx')
}
