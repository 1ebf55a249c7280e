import { setTimeout } from 'timers/promises'
import type { Knex } from 'knex'
import { adoptParts, doneIn } from './adopted-migrations'
import type { Folders } from './migration-source'
import { migrationNames, migrationSource, nameOf, partsDone } from './migration-source'

/** Any number, the same in every process that migrates this database. */
const LOCK = 7_226_443_171
const LOCK_INTERVAL = 100

const takesLock = async (trx: Knex): Promise<boolean> => {
  const { rows } = await trx.raw<{ rows: { locked: boolean }[] }>(
    `select pg_try_advisory_xact_lock(${LOCK}) as locked`
  )

  return rows[0]!.locked
}

/** An index of a large table takes longer than any request may. Outside of a transaction the setting would stay, and PostgreSQL ignores it. */
const withoutTimeout = async (knex: Knex): Promise<void> => {
  await knex.raw('set local statement_timeout = 0')
}

/**
 * Runs `work` while no other process that starts or migrates is at it. The lock is the transaction's, so it ends with a process
 * that is killed. Who waits asks for it again and again, each time in a transaction of its own: `create index concurrently` waits
 * for the end of each transaction that it saw reading, and would wait for ever for one that waits for it.
 */
export const alone = async <T>(knex: Knex, work: () => Promise<T>): Promise<T> => {
  for (;;) {
    const done = await knex.transaction(async (trx) => {
      await trx.raw('set local idle_in_transaction_session_timeout = 0')

      return (await takesLock(trx)) ? { result: await work() } : undefined
    })
    if (done) return done.result
    await setTimeout(LOCK_INTERVAL)
  }
}

/** The row lock of Knex, which would outlive a process that is killed, can be freed safely by who is alone. */
const exclusively = async <T>(
  knex: Knex,
  folders: Folders,
  work: (migrator: Knex.Migrator, config: Knex.MigratorConfig) => Promise<T>
): Promise<T> =>
  alone(knex, async () => {
    const config = { migrationSource: migrationSource(folders), beforeEach: withoutTimeout }
    await knex.migrate.forceFreeMigrationsLock(config)
    await adoptParts(knex, partsDone(folders, await doneIn(knex)))
    return work(knex.migrate, config)
  })

/** What most starts find. A migration is noted once it has run, so that nobody needs to be alone to see that all have. */
const hasAll = async (knex: Knex, folders: Folders): Promise<boolean> => {
  const [done, names] = [new Set(await doneIn(knex)), migrationNames(folders)]

  return names.length > 0 && done.size === names.length && names.every((name) => done.has(name))
}

/** Applies what is missing and answers its names. Several processes may start at once: one migrates, the others wait. */
export const migrate = async (knex: Knex, folders: Folders): Promise<string[]> =>
  (await hasAll(knex, folders))
    ? []
    : exclusively(knex, folders, async (migrator, config) => (await migrator.latest(config))[1] as string[])

/**
 * Takes back the migration that was applied last, or all of them, and answers their names, the last first. One by default: a
 * start of a new database applies every migration at once, and whoever takes back one too many loses the data of its tables.
 */
export const rollback = (
  knex: Knex,
  folders: Folders,
  { all = false }: { all?: boolean } = {}
): Promise<string[]> =>
  exclusively(knex, folders, async (migrator, config) => {
    const undo = all ? migrator.rollback(config, true) : migrator.down(config)
    return (await undo)[1] as string[]
  })

/** Names of the migrations that ran and of those that wait. */
export const migrationStatus = async (
  knex: Knex,
  folders: Folders
): Promise<{ done: string[]; pending: string[] }> => {
  const config = { migrationSource: migrationSource(folders) }
  const [done, pending] = (await knex.migrate.list(config)) as [{ name: string }[], string[]]

  const ran = done.map(({ name }) => name)
  // The next migration notes these as done.
  const parts = partsDone(folders, ran).map(([name]) => name)

  return { done: ran, pending: pending.map(nameOf).filter((name) => !parts.includes(name)) }
}
