import type { Knex } from 'knex'

export const config = { transaction: false }

/** Of the schema of the tables alone: along the search path another program may have an index of the same name. */
const dropIndex = async (knex: Knex, name: string): Promise<void> => {
  const { rows } = await knex.raw<{ rows: { schema: string }[] }>('select current_schema() as schema')
  await knex.raw('drop index concurrently if exists ??.??', [rows[0]!.schema, name])
}

/** Each resource's changes by their age, so that pruning reads only what it deletes. Writers do not wait while it is built. */
export async function up(knex: Knex): Promise<void> {
  // An interrupted build leaves an invalid index behind.
  await dropIndex(knex, 'changes_resource_created_at_idx')
  await knex.raw(
    'create index concurrently changes_resource_created_at_idx on changes (resource, created_at)'
  )
}

export async function down(knex: Knex): Promise<void> {
  await dropIndex(knex, 'changes_resource_created_at_idx')
}
