import { existsSync, readdirSync } from 'fs'
import path from 'path'
import type { Knex } from 'knex'

const SCRIPT = /\.[cm]?[jt]s$/
/** Any number, the same in every process that migrates this database. */
const LOCK = 7_226_443_171

const firstExisting = (folders: readonly string[]) =>
  folders.find((folder) => existsSync(folder)) ?? folders[0]!

/** migrations/ as written, or as compiled into lib/ where plain Node runs. */
export const migrationsFolder = (): string =>
  firstExisting(
    __filename.endsWith('.ts')
      ? [path.join(__dirname, '../../migrations')]
      : [path.join(__dirname, '../migrations'), path.join(__dirname, '../../migrations')]
  )

/** Migrations by name without their extension: one that ran as TypeScript is the same when compiled. */
export const migrationSource = (folder = migrationsFolder()): Knex.MigrationSource<string> => ({
  getMigrations: async () => readdirSync(folder).filter((file) => SCRIPT.test(file) && !file.endsWith('.d.ts')).sort(), // prettier-ignore
  getMigrationName: (file) => file.replace(SCRIPT, ''),
  getMigration: async (file) => require(path.join(folder, file)) as Knex.Migration
})

/**
 * Runs `work` while no other process migrates. The lock is the session's, so it ends with a process that is killed; the row
 * lock of Knex, which would outlive it, can then be freed safely.
 */
const exclusively = async <T>(knex: Knex, work: () => Promise<T>): Promise<T> =>
  knex.transaction(async (trx) => {
    await trx.raw('set local idle_in_transaction_session_timeout = 0')
    await trx.raw('set local statement_timeout = 0')
    await trx.raw('select pg_advisory_xact_lock(?)', [LOCK])
    await knex.migrate.forceFreeMigrationsLock({ migrationSource: migrationSource() })
    return work()
  })

/** Applies what is missing and answers its names. Several processes may start at once: one migrates, the others wait. */
export const migrate = (knex: Knex): Promise<string[]> =>
  exclusively(
    knex,
    async () => (await knex.migrate.latest({ migrationSource: migrationSource() }))[1] as string[]
  )

export const rollback = (knex: Knex): Promise<string[]> =>
  exclusively(
    knex,
    async () => (await knex.migrate.rollback({ migrationSource: migrationSource() }))[1] as string[]
  )

/** Names of the migrations that ran and of those that wait. */
export const migrationStatus = async (knex: Knex): Promise<{ done: string[]; pending: string[] }> => {
  const [done, pending] = (await knex.migrate.list({ migrationSource: migrationSource() })) as [
    { name: string }[],
    string[]
  ]

  return { done: done.map(({ name }) => name), pending: pending.map((file) => file.replace(SCRIPT, '')) }
}
