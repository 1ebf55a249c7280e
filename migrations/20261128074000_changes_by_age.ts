import type { Knex } from 'knex'

export const config = { transaction: false }

/** Runs on one connection without its time-out: an index of a large table takes longer than a request may. */
const unhurried = async (knex: Knex, ...statements: string[]): Promise<void> => {
  const connection: unknown = await knex.client.acquireConnection()
  const run = (sql: string) => knex.raw(sql).connection(connection)
  try {
    await run('set statement_timeout = 0')
    for (const sql of statements) await run(sql)
  } finally {
    await run('reset statement_timeout')
    await knex.client.releaseConnection(connection)
  }
}

/** Each resource's changes by their age, so that pruning reads only what it deletes. Writers do not wait while it is built. */
export async function up(knex: Knex): Promise<void> {
  await unhurried(
    knex,
    // An interrupted build leaves an invalid index behind.
    'drop index concurrently if exists changes_resource_created_at_idx',
    'create index concurrently changes_resource_created_at_idx on changes (resource, created_at)'
  )
}

export async function down(knex: Knex): Promise<void> {
  await unhurried(knex, 'drop index concurrently if exists changes_resource_created_at_idx')
}
