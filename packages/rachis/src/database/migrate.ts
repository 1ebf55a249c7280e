import { setTimeout } from 'timers/promises'
import type { Knex } from 'knex'
import { adoptParts, doneIn } from './adopted-migrations'
import type { Folders } from './migration-source'
import { RECORD_TRUNCATIONS } from './trigger'
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

/**
 * A statement may take longer than any request, but it does not wait long for a lock: everybody who comes after it would wait with
 * it. Outside of a transaction the settings would stay, and PostgreSQL ignores them.
 */
const limitLockWaits = (lockTimeout: number) => async (knex: Knex) => {
  await knex.raw('set local statement_timeout = 0')
  await knex.raw(`set local lock_timeout = ${lockTimeout}`)
}

/**
 * Runs `work` while no other process that starts or migrates is at it. The lock is the transaction's, so it ends with a process
 * that is killed. Who waits asks for it again and again, each time in a transaction of its own: `create index concurrently` waits
 * for the end of each transaction that it saw reading, and would wait for ever for one that waits for it.
 *
 * @param signal ends the wait for the others
 * @throws its AbortError then
 */
export const alone = async <T>(knex: Knex, work: () => Promise<T>, signal?: AbortSignal): Promise<T> => {
  for (;;) {
    const done = await knex.transaction(async (trx) => {
      await trx.raw('set local idle_in_transaction_session_timeout = 0')

      return (await takesLock(trx)) ? { result: await work() } : undefined
    })
    if (done) return done.result
    await setTimeout(LOCK_INTERVAL, undefined, { signal })
  }
}

/** PostgreSQL's codes of a lock that was not to be had in time, and of two who wait for each other. */
const LOCKED: readonly unknown[] = ['55P03', '40P01']
const isLocked = ({ cause }: Error): boolean =>
  LOCKED.includes((cause as { code?: unknown } | undefined)?.code)

/** How a migration waits for tables that others use. Milliseconds. */
export interface LockWaits {
  /** So long it waits for a lock, and holds up whoever comes after it. */
  readonly timeout: number
  /** So long it lets the others go first, at most, before it tries again. */
  readonly pause: number
  /** So many times in all. */
  readonly attempts: number
  /** Ends the wait, for tables and for other processes that migrate. */
  readonly signal?: AbortSignal
}
const WAITS: LockWaits = { timeout: 2000, pause: 10_000, attempts: 60 }

/**
 * A migration that found a table locked is taken back whole, and so can begin anew. One that runs outside of a transaction keeps what it has
 * done, and must be such that it can run again, as those that are written by `migrate:make`. Those wait without a bound for locks that hold up
 * neither reads nor writes: an index that is almost built would be thrown away for one long transaction.
 */
const untilUnlocked = async <T>(
  work: () => Promise<T>,
  { pause, attempts, signal }: LockWaits
): Promise<T> => {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      if (attempt >= attempts || !isLocked(error as Error)) throw error
      const wait = Math.min(pause, 100 * 2 ** attempt) * (0.5 + Math.random() / 2)
      await setTimeout(wait, undefined, { signal })
    }
  }
}

/** The row lock of Knex, which would outlive a process that is killed, can be freed safely by who is alone. */
const exclusively = async <T>(
  knex: Knex,
  folders: Folders,
  waits: LockWaits,
  work: (migrator: Knex.Migrator, config: Knex.MigratorConfig) => Promise<T>
): Promise<T> =>
  alone(
    knex,
    async () => {
      const config = { migrationSource: migrationSource(folders), beforeEach: limitLockWaits(waits.timeout) }
      await knex.migrate.forceFreeMigrationsLock(config)
      await adoptParts(knex, partsDone(folders, await doneIn(knex)))
      return untilUnlocked(() => work(knex.migrate, config), waits)
    },
    waits.signal
  )

/** What most starts find. A migration is noted once it has run, so that nobody needs to be alone to see that all have. */
const hasAll = async (knex: Knex, folders: Folders, mayBeNewer: boolean): Promise<boolean> => {
  const [done, names] = [new Set(await doneIn(knex)), migrationNames(folders)]
  const isKnown = mayBeNewer || done.size === names.length

  return names.length > 0 && isKnown && names.every((name) => done.has(name))
}

/**
 * The names of migrations of these folders that the database does not have, though it had them at the start: somebody has taken them back, or an older
 * database has come in its place. Those that it has besides are of a newer version of the program, beside which this one goes on.
 */
export const migrationsLacking = (folders: Folders): ((knex: Knex) => Promise<string[]>) => {
  let names: readonly string[] | undefined

  return async (knex) => {
    names ??= migrationNames(folders)
    const done = new Set(await doneIn(knex))

    return names.filter((name) => !done.has(name))
  }
}

/**
 * Applies what is missing and answers its names. Several processes may start at once: one migrates, the others wait.
 *
 * @param mayBeNewer whether a database that was migrated further is taken as it is: while a newer version is rolled out, processes of the one
 * before may have to start again. Else a migration whose file is gone stops the start, as it should while developing
 */
export const migrate = async (
  knex: Knex,
  folders: Folders,
  waits: Partial<LockWaits> = {},
  mayBeNewer = false
): Promise<string[]> => {
  if (await hasAll(knex, folders, mayBeNewer)) return []
  let before: readonly string[] | undefined

  return exclusively(knex, folders, { ...WAITS, ...waits }, async (migrator, config) => {
    before ??= await doneIn(knex)
    await migrator.latest(config)
    await knex.raw(RECORD_TRUNCATIONS)

    return (await doneIn(knex)).filter((name) => !before!.includes(name))
  })
}

/**
 * Takes back the migration that was applied last, or all of them, and answers their names, the last first. One by default: a
 * start of a new database applies every migration at once, and whoever takes back one too many loses the data of its tables.
 */
export const rollback = (
  knex: Knex,
  folders: Folders,
  { all = false }: { all?: boolean } = {}
): Promise<string[]> =>
  exclusively(knex, folders, WAITS, async (migrator, config) => {
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
