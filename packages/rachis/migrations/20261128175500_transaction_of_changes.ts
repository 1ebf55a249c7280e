import type { Knex } from 'knex'

/**
 * Changes name the transaction that made them: all of one transaction have the same, savepoints included, which the system column `xmin` does
 * not have. Two statements, since a default that is added together with its column would be the migration's own transaction for all rows
 * that are there; so theirs stays null. No row is rewritten.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw('alter table changes add column xid xid8')
  await knex.raw('alter table changes alter column xid set default pg_current_xact_id()')
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('alter table changes drop column xid')
}
