import type { Knex } from 'knex'

/** What ran, in Knex' table. */
interface Done {
  readonly name: string
  readonly batch: number
  readonly migration_time: Date
}

const TABLE = 'knex_migrations'

const IS_THERE = `select to_regclass(quote_ident(current_schema()) || '.' || ?) is not null as is_there`

/**
 * In the schema that tables are made in, and in no other of the search path, which may be that of another application. Knex asks
 * `information_schema`, which looks through all tables and their rights: several milliseconds of each start.
 */
const isThere = async (knex: Knex): Promise<boolean> => {
  const asked = await knex.raw<{ rows: { is_there: boolean }[] }>(IS_THERE, [TABLE])

  return asked.rows[0]!.is_there
}

/** The names of the migrations that ran, in their order; none in a new database. */
export const doneIn = async (knex: Knex): Promise<string[]> => {
  if (!(await isThere(knex))) return []
  const rows = await knex<Done>(TABLE).select('name').orderBy('id')

  return rows.map(({ name }) => name)
}

/**
 * Notes migrations as done that do a part of what an earlier one did before it was split: so a database of then is not asked for tables
 * that it has. Knex takes migrations back in the order of their folders and names, so that it need not know when this was noted.
 *
 * @param parts the name of each such migration that has not run, and the name of the one that has done its part
 */
export const adoptParts = async (
  knex: Knex,
  parts: readonly (readonly [name: string, partOf: string])[]
): Promise<void> => {
  for (const [name, partOf] of parts) {
    const whole = await knex<Done>(TABLE).where({ name: partOf }).first('batch', 'migration_time')
    await knex(TABLE).insert({ ...whole, name })
  }
}
