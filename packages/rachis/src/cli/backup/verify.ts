import { randomBytes } from 'crypto'
import type { Client } from 'pg'
import { migrationNames } from '../../database/migration-source'
import { migrationFolders } from '../../module-parts'
import { quote } from '../../util/quote'
import { folderOf } from '../database'
import { argumentsOf } from '../arguments'
import { print } from '../print'
import type { Command, Project } from '../project'
import { withReach } from './backup'
import { folderOptions, tellOf, withBesides } from './beside'
import { databaseOf, reachDatabase, withDatabase } from './programs'
import { restoreInto } from './restore'

const rowsOf = async <T>(client: Client, sql: string): Promise<T[]> => (await client.query(sql)).rows as T[]

const TABLES = `select c.oid::regclass::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p') and not c.relispartition and n.nspname !~ '^pg_' and n.nspname <> 'information_schema' order by 1`

const INVALID = `select i.indexrelid::regclass::text as name from pg_index i where not i.indisvalid
  union all select conname from pg_constraint where not convalidated`

const count = async (client: Client, table: string): Promise<number> =>
  Number((await rowsOf<{ count: string }>(client, `select count(*) from ${table}`))[0]!.count)

/** What a restored database has, and what is wrong with it. */
const examine = async (client: Client, known: readonly string[]) => {
  const tables = (await rowsOf<{ name: string }>(client, TABLES)).map(({ name }) => name)
  const counts = await tables.reduce<Promise<number[]>>(async (all, name) => [...(await all), await count(client, name)], Promise.resolve([])) // prettier-ignore
  const done = (await rowsOf<{ name: string }>(client, 'select name from knex_migrations')).map(({ name }) => name) // prettier-ignore
  const invalid = (await rowsOf<{ name: string }>(client, INVALID)).map(({ name }) => name)
  const lacking = known.filter((name) => !done.includes(name))

  return { tables: tables.length, records: counts.reduce((sum, one) => sum + one, 0), invalid, lacking }
}

const report = (file: string, { tables, records, invalid, lacking }: Awaited<ReturnType<typeof examine>>) => {
  print(`${file} restores: ${tables} tables with ${records} records.`)
  if (lacking.length > 0) print(`It is of before these migrations, which the next start applies: ${lacking.join(', ')}`)
  if (invalid.length === 0) return
  print(`Not valid in it: ${invalid.join(', ')}`)
  process.exitCode = 1
} // prettier-ignore

const knownMigrations = async (project: Project): Promise<readonly string[]> => {
  const { modules = [] } = await project.loadResources()

  return migrationNames(migrationFolders(modules, folderOf(project)))
}

/** `npm run backup:verify -- <file>`: restores a backup into a database of its own on the same server, looks at it, and drops it. */
export const verifyCommand: Command = async (project, args) => {
  const options = folderOptions((await project.loadResources()).modules ?? [])
  const { positionals, values } = argumentsOf(args, options, 'npm run backup:verify -- <file>')
  const [file, ...more] = positionals
  if (!file || more.length > 0) throw new Error('Usage: npm run backup:verify -- <file>')
  const known = await knownMigrations(project)
  await withReach(project, async ({ knex, reach, beside }) => {
    const name = `verify_${randomBytes(6).toString('hex')}`
    await knex.raw(`create database ${quote(name)}`)
    try {
      const own = reachDatabase(reach, name)
      await restoreInto(file, own)
      await withDatabase(own, async (client) => {
        report(file, await examine(client, known))
        await withBesides(beside, { kind: 'verify', file, values, database: databaseOf(client) }, (name, found, folder) => tellOf(name, 'compared with', found, folder)) // prettier-ignore
      })
    } finally {
      await knex.raw(`drop database ${quote(name)} with (force)`)
    }
  })
}
