import type { Knex } from 'knex'
import type { Settings } from '../declare/declarations'
import type { Refusal } from '../errors/errors'
import { embeddedServer } from './embedded-server'
import { reportProgress } from './migration-progress'
import { passwordOf } from './password'
import { Pipeline, PIPELINE_LIMITS } from './pipeline'
import type { Limits, Log, SessionNeeds } from './pools'
import { poolOf, sessionsTo, targetOf } from './pools'
import { clientLimits } from './session'
import type { Replica } from './replica'
import { openReplica } from './replica'
import type { SessionConfig } from './session-config'
import type { StatementWatch } from '../util/statement-watch'

export type { Limits } from './pools'

export interface Connection {
  readonly knex: Knex
  /** A few connections that no request takes, for what the program asks for itself. They are opened when they are needed. */
  readonly own: Knex
  /** A server that has a copy, where there is one to read from. */
  readonly replica?: Replica
  /** Where single statements are pipelined. */
  readonly pipeline?: Pipeline
  /**
   * Configuration of a client of its own, with the settings of the program's sessions: of `direct_url` where there is one, since
   * a pooler keeps no `listen`. `new SessionClient(await config())` keeps them also through a pooler.
   */
  config(needs?: SessionNeeds): Promise<SessionConfig>
  /** Runs `work` on connections without time limits, past a pooler where `direct_url` leads there. */
  withMigrator<T>(work: (knex: Knex) => Promise<T>): Promise<T>
  /** A URL by which another process reaches the same database. The embedded server is started for it. */
  url(): Promise<string>
  /** A URL of the one server that is the primary now, past a pooler where `direct_url` leads there. */
  directUrl(): Promise<string>
  close(): Promise<void>
}

const READ_ONLY = '25006'
const NO_LIMITS = { statement_timeout: 0, read_timeout: 0, lock_timeout: 0 }
/** Migrations hold a lock on one connection and work on another. */
const MIGRATORS = 2
/** Connections for what the program asks for itself. */
const OWN = 4

const migrating = async <T>(
  config: (limits: Limits) => Promise<SessionConfig>,
  work: (knex: Knex) => Promise<T>,
  log?: Log
): Promise<T> => {
  // An embedded server that is made anew may take longer, on a busy machine, than a pool waits for a connection.
  await config(NO_LIMITS)
  const migrator = poolOf(
    () => config(NO_LIMITS),
    MIGRATORS,
    () => true,
    log
  )
  reportProgress(migrator, log)

  return work(migrator).finally(() => migrator.destroy())
}

/** Which connections are not to be used any more, since they lead to a server that is not the one. */
const retiring = (log?: Log) => {
  let retired = 0

  return {
    isUsable: ({ openedAt }: { readonly openedAt: number }) => openedAt > retired,
    onMoved() {
      retired = Date.now()
      log?.('Another host of the connection string is the primary now')
    },
    // After a failover the others lead to the server that takes no writes any more, too.
    onSpent({ code }: Refusal) {
      if (code === READ_ONLY) retired = Date.now()
    },
    // Where one connection has gone without a word the others most likely have, too: each would be found out by a request of its own.
    onSilent() {
      retired = Date.now()
      log?.('The database gave no answer in time: its connections are opened anew')
    }
  }
}

/**
 * The one database: DATABASE_URL, or the embedded server, which starts with the first connection. Everything behind Knex's
 * `pg` client is the same for both.
 */
export const connect = (
  settings: Settings['database'],
  log?: Log,
  statements?: StatementWatch
): Connection => {
  const embedded = embeddedServer(settings.data_dir, log)
  const password = passwordOf(settings)
  const { isUsable, onMoved, ...told } = retiring(log)
  const targetAt = (url: string, variable: string) =>
    url ? targetOf(url, { variable, password, onMoved }) : embedded
  const target = targetAt(settings.url, 'DATABASE_URL')
  const directly = settings.direct_url ? targetAt(settings.direct_url, 'DATABASE_DIRECT_URL') : target
  const sessions = sessionsTo(target, settings, { log, ...told, statements })
  const direct = directly === target ? sessions : sessionsTo(directly, settings, { log })
  const pool = (max: number) => poolOf(() => sessions(), max, isUsable, log)
  const [knex, own] = [pool(settings.pool_max), pool(OWN)]

  const pipeline = settings.pipeline
    ? new Pipeline({ config: () => sessions(PIPELINE_LIMITS), limit: clientLimits(settings).alone, isUsable })
    : undefined

  const replica = settings.replica_url ? openReplica(settings, { log, statements }) : undefined

  return {
    knex,
    own,
    pipeline,
    replica,
    config: (needs) => direct(needs),
    url: () => (settings.url ? Promise.resolve(settings.url) : embedded.url()),
    directUrl: () => directly.url(),
    withMigrator: (work) => migrating(direct, work, log),
    async close() {
      pipeline?.close()
      await Promise.all([knex.destroy(), own.destroy(), replica?.close()])
      await embedded.stop()
    }
  }
}

declare module '../declare/declarations' {
  interface Configuration {
    connection: Connection
  }
}
