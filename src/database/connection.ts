import knexFactory from 'knex'
import type { Knex } from 'knex'
import type { ClientConfig } from 'pg'
import type { Settings } from '../configuration'
import type { EmbeddedServer } from './embedded'
import { startEmbedded } from './embedded'
import { wireTypes } from './types'

export interface Connection {
  readonly knex: Knex
  /** For a client of its own, such as the one that listens for notifications. */
  config(): Promise<ClientConfig>
  close(): Promise<void>
}

/** Above a half: at a half the word `sho` would be taken for a slip of every word that begins with `sh`. */
const LIKE_ENOUGH = 0.51

const sessionOptions = ({ statement_timeout }: Settings['database']) =>
  `-c TimeZone=UTC -c statement_timeout=${statement_timeout * 1000} -c idle_in_transaction_session_timeout=60000 -c pg_trgm.word_similarity_threshold=${LIKE_ENOUGH}`

/** Knex would print what it has to say of lost connections. */
const knexLog = (log: (line: string) => void = () => undefined): Knex.Logger => {
  const say = (message: unknown) => log(message instanceof Error ? message.message : String(message))
  return { warn: say, error: say, deprecate: say, debug: say }
}

/** The embedded server of a folder: started by the first who asks, started again where it was killed from outside. */
const embeddedServer = (data_dir: string, log?: (line: string) => void) => {
  let current: Promise<EmbeddedServer> | undefined
  const open = (before?: EmbeddedServer): Promise<EmbeddedServer> => {
    // Where it cannot come back, the next connection tries again.
    const ended = () => void opened.then((server) => (current = open(server)))
    const opened: Promise<EmbeddedServer> = Promise.resolve(before?.stop()).then(() =>
      startEmbedded(data_dir, { log, ended })
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

/**
 * The one database: DATABASE_URL, or the embedded server, which starts with the first connection. Everything behind Knex's
 * `pg` client is the same for both.
 */
export const connect = (settings: Settings['database'], log?: (line: string) => void): Connection => {
  const embedded = embeddedServer(settings.data_dir, log)
  const config = async (): Promise<ClientConfig> => ({
    ...(settings.url ? { connectionString: settings.url } : await embedded.config()),
    types: wireTypes,
    options: sessionOptions(settings),
    connectionTimeoutMillis: 5000
  })
  const knex = knexFactory({
    client: 'pg',
    log: knexLog(log),
    connection: config as Knex.ConnectionConfigProvider,
    pool: { ...POOL, max: settings.pool_max }
  })

  return {
    knex,
    config,
    async close() {
      await knex.destroy()
      await embedded.stop()
    }
  }
}
