import type { Knex } from 'knex'
import { quote } from '../../util/quote'
import { argumentsOf } from '../arguments'
import { print } from '../print'
import { progressOn } from '../progress'
import type { Command } from '../project'
import { withReach } from './backup'
import type { Reach } from './programs'
import { folderOptions, tellOf, withBesides } from './beside'
import { databaseOf, outputOf, runProgram, withDatabase } from './programs'

const USAGE = 'npm run restore -- <file> [--replace]'

/** The tables that a backup has the records of. @throws Error where the file is no backup */
export const tablesIn = async (file: string): Promise<number> => {
  const list = await outputOf('pg_restore', ['--list', file]).catch((error: Error) => {
    throw new Error(`${file} is no backup that pg_restore reads: ${error.message.split('\n').at(-2) ?? error.message}`)
  })

  return list.split('\n').filter((line) => / TABLE DATA /.test(line)).length
} // prettier-ignore

/** All or nothing, by one transaction. Roles that the server does not have are left out: whoever restores owns what is restored. */
export const restoreInto = async (file: string, reach: Reach): Promise<void> => {
  const progress = progressOn(process.stderr, 'Tables', await tablesIn(file))
  let done = 0
  const onLine = (line: string) => {
    if (line.includes('processing data for table')) progress.update(++done)
  }
  const options = ['--single-transaction', '--exit-on-error', '--no-owner', '--no-privileges', '--verbose']
  await runProgram('pg_restore', [...options, `--dbname=${reach.url}`, file], reach, onLine)
  progress.stop()
}

const OWN_TABLES = `select distinct n.nspname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p') and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'`

const schemasWithTables = async (knex: Knex): Promise<string[]> =>
  ((await knex.raw(OWN_TABLES)) as { rows: { name: string }[] }).rows.map(({ name }) => name)

/** What is there goes only where that was asked for by name. */
const makeRoom = async (knex: Knex, mayReplace: boolean): Promise<void> => {
  const schemas = await schemasWithTables(knex)
  if (schemas.length === 0) return
  if (!mayReplace)
    throw new Error(`The database has tables in ${schemas.join(', ')}. Set DATABASE_URL to an empty database, or add --replace, which drops what is there with all records`)
  for (const name of schemas) await knex.raw(`drop schema ${quote(name)} cascade`)
  if (schemas.includes('public')) await knex.raw('create schema public')
} // prettier-ignore

/** `npm run restore -- <file> [--replace]`: a backup into an empty database, or in the place of what is there. */
export const restoreCommand: Command = async (project, args) => {
  const folders = folderOptions((await project.loadResources()).modules ?? [])
  const options = { ...folders, replace: { type: 'boolean', default: false } } as const
  const { positionals, values } = argumentsOf(args, options, USAGE)
  const [file, ...more] = positionals
  if (!file || more.length > 0) throw new Error(`Usage: ${USAGE}`)
  await tablesIn(file)
  await withReach(project, async ({ knex, reach, beside }) => {
    await makeRoom(knex, values.replace === true)
    await restoreInto(file, reach)
    print(
      `Restored ${file}. Clients that come back are told to fetch anew: the feed has another history now.`
    )
    await withDatabase(
      reach,
      (client) =>
      withBesides(beside, { kind: 'restore', file, values, database: databaseOf(client) }, (name, report, folder) => tellOf(name, 'as they are in', report, folder)) // prettier-ignore
    )
  })
}
