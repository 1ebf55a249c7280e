import knexFactory from 'knex'
import type { Knex } from 'knex'
import * as pg from 'pg'
import type { ClientConfig } from 'pg'
import type { Settings } from '../declare/declarations'
import type { Refusal } from '../errors/errors'
import { parseConnectionString } from './connection-string'
import { assertReadable, DatabaseUnavailable } from './connection-problem'
import type { EmbeddedServer } from './embedded/embedded'
import { startEmbedded } from './embedded/embedded'
import { serverFacts } from './server-facts'
import { clientLimits, localSettings, optionsOf, sessionSettings, transactionSettings } from './session'
import type { Session, SessionConfig } from './session-client'
import { SessionClient } from './session-client'
import { wireTypes } from './types'

/** Time limits of a session, in seconds; those that are left out are the settings'. */
export type Limits = Partial<
  Pick<Settings['database'], 'statement_timeout' | 'lock_timeout' | 'read_timeout'>
>

export interface Connection {
  readonly knex: Knex
  /**
   * Configuration of a client of its own, with the settings of the program's sessions: of `direct_url` where there is one, since
   * a pooler keeps no `listen`. `new SessionClient(await config())` keeps them also through a pooler.
   */
  config(limits?: Limits): Promise<SessionConfig>
  /** Runs `work` on connections without time limits, past a pooler where `direct_url` leads there. */
  withMigrator<T>(work: (knex: Knex) => Promise<T>): Promise<T>
  close(): Promise<void>
}

/** The caller gets the error of a connection that cannot be had; a line of Knex in the log would repeat it. */
const TOLD_ELSEWHERE = /^Acquire connection error/

/** Knex would print what it has to say of lost connections, with the stack of its own code. */
const knexLog = (log: (line: string) => void = () => undefined): Knex.Logger => {
  const say = (message: unknown) => {
    const line = (message instanceof Error ? message.message : String(message)).split('\n    at ')[0]!
    if (!TOLD_ELSEWHERE.test(line)) log(line)
  }
  return { warn: say, error: say, deprecate: say, debug: say }
}

/** The embedded server of a folder: started by the first who asks, started again where it was killed from outside. */
const embeddedServer = (data_dir: string, log?: (line: string) => void) => {
  let current: Promise<EmbeddedServer> | undefined
  const open = (before?: EmbeddedServer): Promise<EmbeddedServer> => {
    const ended = () =>
      void opened
        .then((server) => (current = open(server)))
        // Where it cannot come back, as on a full disk, the next connection tries again.
        .catch((error: Error) => log?.(error.message))
    const opened: Promise<EmbeddedServer> = Promise.resolve(before?.stop()).then(() =>
      startEmbedded(data_dir, { log, ended }).catch((cause: Error) => {
        throw new DatabaseUnavailable(cause.message, { cause })
      })
    )
    opened.catch(() => (current = undefined))

    return opened
  }

  return {
    async config(): Promise<ClientConfig> {
      const asked = (current ??= open())
      const { connection } = await asked

      // Knex asks once and then keeps the address, which may be another after a restart.
      return { ...connection, expirationChecker: () => asked !== current } as ClientConfig
    },
    async stop() {
      await (await current?.catch(() => undefined))?.stop()
    }
  }
}

// A database that is down should be an answer within seconds, not a queue of waiting requests.
const POOL = { min: 0, acquireTimeoutMillis: 8000, createTimeoutMillis: 8000, propagateCreateError: true }

/** A server behind a firewall that forgets idle connections would leave us with dead ones. */
const NETWORK = { connectionTimeoutMillis: 5000, keepAlive: true, keepAliveInitialDelayMillis: 10_000 }

/** Milliseconds in which the server says what it is. Its own limit for that is five seconds. */
const FACTS_TIMEOUT = 7000

interface Target {
  config(): Promise<ClientConfig & { readonly options?: string }>
  /** The environment variable that leads there; the embedded server has none. */
  readonly variable?: string
}

const targetOf = (url: string, variable: string, embedded: Target): Target => {
  if (!url) return embedded
  const target = assertReadable(parseConnectionString(url), variable)

  return { config: () => Promise.resolve(target), variable }
}

/** Makes one value when it is first asked for, and tries again where that failed. */
const once = <T>(make: () => Promise<T>): (() => Promise<T>) => {
  let made: Promise<T> | undefined

  return () => {
    made ??= make().catch((error: unknown) => {
      made = undefined
      throw error
    })
    return made
  }
}

/** The configuration of connections to one address, once the server has been asked what it is. */
const sessionsTo = (
  target: Target,
  settings: Settings['database'],
  { log, ...told }: { log?: (line: string) => void } & Pick<Session, 'onSpent' | 'onSilent'>
) => {
  const facts = once(async () => {
    const { options = '', ...where } = await target.config()
    const config = { ...where, ...NETWORK, query_timeout: FACTS_TIMEOUT }
    const found = await serverFacts({
      config,
      options,
      schema: settings.schema,
      variable: target.variable
    })
    if (found.isPooled) log?.(POOLED)

    return found
  })

  return async (limits: Limits = {}): Promise<SessionConfig> => {
    const limited = { ...settings, ...limits }
    const found = await facts()
    const { options = '', ...where } = await target.config()
    const all = sessionSettings(limited, found)
    const local = found.isPooled ? { ...all, ...transactionSettings(limited) } : transactionSettings(limited)
    const session = {
      isPooled: found.isPooled,
      prepares: settings.prepare && !found.isPooled,
      begin: localSettings(local),
      limits: clientLimits(limited),
      ...told
    }

    return { ...where, ...NETWORK, types: wireTypes, session, ...(found.isPooled ? {} : { options: optionsOf(all, options) }) } // prettier-ignore
  }
}

const POOLED =
  'The database is reached through a pooler that keeps no sessions: each statement brings its settings along, none is prepared, and `options` of the connection string are not sent. Set DATABASE_DIRECT_URL for migrations, and to hear of changes at once'

/** Knex' `pg` client over connections that keep the program's session. */
const poolOf = (
  config: () => Promise<SessionConfig>,
  max: number,
  isUsable: (client: SessionClient) => boolean,
  log?: (line: string) => void
): Knex => {
  const knex = knexFactory({
    client: 'pg',
    log: knexLog(log),
    connection: config as Knex.ConnectionConfigProvider,
    pool: { ...POOL, max }
  })
  const client = knex.client as { driver: object; validateConnection: (connection: SessionClient) => boolean }
  client.driver = { ...pg, Client: SessionClient }
  client.validateConnection = isUsable

  return knex
}

const NO_LIMITS = { statement_timeout: 0, read_timeout: 0, lock_timeout: 0 }
/** Migrations hold a lock on one connection and work on another. */
const MIGRATORS = 2

/**
 * The one database: DATABASE_URL, or the embedded server, which starts with the first connection. Everything behind Knex's
 * `pg` client is the same for both.
 */
export const connect = (settings: Settings['database'], log?: (line: string) => void): Connection => {
  const embedded = embeddedServer(settings.data_dir, log)
  let retired = 0
  // After a failover the others lead to the server that takes no writes any more, too.
  const onSpent = ({ code }: Refusal) => {
    if (code === READ_ONLY) retired = Date.now()
  }
  // Where one connection has gone without a word the others most likely have, too: each would be found out by a request of its own.
  const onSilent = () => {
    retired = Date.now()
    log?.('The database gave no answer in time: its connections are opened anew')
  }
  const main = targetOf(settings.url, 'DATABASE_URL', embedded)
  const sessions = sessionsTo(main, settings, { log, onSpent, onSilent })
  const direct = settings.direct_url
    ? sessionsTo(targetOf(settings.direct_url, 'DATABASE_DIRECT_URL', embedded), settings, { log })
    : sessions
  const isUsable = ({ openedAt }: SessionClient) => openedAt > retired
  const knex = poolOf(() => sessions(), settings.pool_max, isUsable, log)

  return {
    knex,
    config: (limits) => direct(limits),
    async withMigrator(work) {
      const migrator = poolOf(
        () => direct(NO_LIMITS),
        MIGRATORS,
        () => true,
        log
      )
      return work(migrator).finally(() => migrator.destroy())
    },
    async close() {
      await knex.destroy()
      await embedded.stop()
    }
  }
}
const READ_ONLY = '25006'

declare module '../declare/declarations' {
  interface Configuration {
    connection: Connection
  }
}
