import { migrationFunction } from '../../../database/migration-file'
import type { Table } from '../../../model/table'
import { adoptSteps, releaseSteps } from './adopt'
import type { ExistingTable } from './introspect'

const UP = 'export async function up('
const DOWN = 'export async function down('

/** What the migration that makes the table does first. */
const creating = (text: string): string => {
  const [start, end] = [text.indexOf(UP), text.indexOf(DOWN)]
  if (start < 0 || end < start) throw new Error(`The migration has no ${UP}`)

  return text.slice(start + UP.length, end).trim()
}

/**
 * A migration for databases that have the table already, and for new ones.
 *
 * @param created the migration that makes the table
 */
export const adoptionFile = (created: string, was: ExistingTable, to: Table): string =>
  `import type { Knex } from 'knex'

async function create(${creating(created)}

/** Makes the declared table of the one that is there, with its rows. */
${migrationFunction('adopt', adoptSteps(was, to))}

/** The table was there before it was declared, and is not there in new databases. */
export async function up(knex: Knex): Promise<void> {
  await ((await knex.schema.hasTable('${to.name}')) ? adopt(knex) : create(knex))
}

/** The table stays with its rows, which this migration did not make. */
export ${migrationFunction('down', releaseSteps(to))}
`
