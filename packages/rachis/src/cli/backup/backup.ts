import { mkdir, rename, rm, stat } from 'fs/promises'
import path from 'path'
import type { Knex } from 'knex'
import type { Connection } from '../../database/connection'
import { configuredApp } from '../../settings/settings'
import { postgresql } from '../../database/postgresql'
import { argumentsOf } from '../arguments'
import { progressOn } from '../progress'
import { print } from '../print'
import type { Command, Project } from '../project'
import type { Reach } from './programs'
import type { Beside } from './beside'
import { besides, folderOptions, tellOf, withBesides } from './beside'
import { assertNewEnough, databaseOf, reachOf, runProgram, withDatabase } from './programs'

interface Asked {
  readonly knex: Knex
  readonly connection: Connection
  readonly reach: Reach
  /** What modules keep beside the database. */
  readonly beside: readonly Beside[]
}

/** Runs with the database of the settings, and how PostgreSQL's programs reach it. */
export const withReach = async (project: Project, work: (asked: Asked) => Promise<void>): Promise<void> => {
  const { modules = [] } = await project.loadResources()
  const declarations = modules.flatMap(({ settings }) => settings ?? [])
  const app = configuredApp({ root: project.root, declarations })
  const connection = postgresql(app)
  try {
    const reach = await reachOf(app.get('database'), connection)
    await connection.withMigrator((knex) => work({ knex, connection, reach, beside: besides(modules, app) }))
  } finally {
    await connection.close()
  }
}

const one = async <T>(knex: Knex, sql: string): Promise<T> =>
  ((await knex.raw(sql)) as { rows: { value: T }[] }).rows[0]!.value

/** The major version of the server. */
export const serverVersion = async (knex: Knex): Promise<number> =>
  Math.floor((await one<number>(knex, `select current_setting('server_version_num')::int as value`)) / 10_000)

const TABLES = `select count(*)::int as value from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind = 'r' and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'`

export const megabytes = (bytes: number) => `${(bytes / 2 ** 20).toFixed(1)} MB`

const defaultFile = () =>
  path.join('backups', `${new Date().toISOString().slice(0, 19).replace(/[-:]/g, '')}Z.dump`)

/** Written beside its name until it is whole, so that nobody takes a part of it for a backup. */
const dump = async (file: string, { reach, knex }: Asked): Promise<void> => {
  const partial = `${file}.part`
  const tables = await one<number>(knex, TABLES)
  const progress = progressOn(process.stderr, 'Tables', tables)
  let done = 0
  const onLine = (line: string) => {
    if (line.includes('dumping contents of table')) progress.update(++done)
  }
  await mkdir(path.dirname(path.resolve(file)), { recursive: true })
  try {
    await runProgram('pg_dump', ['--format=custom', '--verbose', `--file=${partial}`, `--dbname=${reach.url}`], reach, onLine)
    progress.stop()
    await rename(partial, file)
  } catch (error) {
    await rm(partial, { force: true })
    throw error
  }
} // prettier-ignore

/** `npm run backup [-- <file>]`: the whole database at one moment, while everybody reads and writes. */
export const backupCommand: Command = async (project, args) => {
  const options = folderOptions((await project.loadResources()).modules ?? [])
  const { positionals, values } = argumentsOf(args, options, 'npm run backup [-- <file>]')
  const [file = defaultFile(), ...more] = positionals
  if (more.length > 0) throw new Error('Usage: npm run backup [-- <file>]')
  await withReach(project, async (asked) => {
    await assertNewEnough('pg_dump', await serverVersion(asked.knex))
    await withDatabase(asked.reach, async (client) => {
      const work = { kind: 'save', file, values, database: databaseOf(client) } as const
      // What is removed while the dump is written is in it, and so has to be copied before; what comes meanwhile is copied behind it.
      await withBesides(asked.beside, work)
      await dump(file, asked)
      print(
        `Wrote ${file} (${megabytes((await stat(file)).size)}). Check it by npm run backup:verify -- ${file}`
      )
      await withBesides(asked.beside, work, (name, report, folder) => tellOf(name, 'are in', report, folder))
    })
  })
}
