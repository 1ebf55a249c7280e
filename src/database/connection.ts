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

const sessionOptions = ({ statement_timeout }: Settings['database']) =>
  `-c TimeZone=UTC -c statement_timeout=${statement_timeout * 1000} -c idle_in_transaction_session_timeout=60000 -c pg_trgm.word_similarity_threshold=0.45`

/** Knex would print what it has to say of lost connections. */
const knexLog = (log: (line: string) => void = () => undefined): Knex.Logger => {
  const say = (message: unknown) => log(message instanceof Error ? message.message : String(message))
  return { warn: say, error: say, deprecate: say, debug: say }
}

/**
 * The one database: DATABASE_URL, or the embedded server, which starts with the first connection. Everything behind Knex's
 * `pg` client is the same for both.
 */
export const connect = (settings: Settings['database'], log?: (line: string) => void): Connection => {
  let embedded: Promise<EmbeddedServer> | undefined
  const open = (before?: EmbeddedServer): Promise<EmbeddedServer> => {
    // Killed from outside it comes back; where it cannot, the next connection tries again.
    const ended = () => void current.then((server) => (embedded = open(server)))
    const current: Promise<EmbeddedServer> = Promise.resolve(before?.stop()).then(() =>
      startEmbedded(settings.data_dir, { log, ended })
    )
    current.catch(() => (embedded = undefined))

    return current
  }
  const config = async (): Promise<ClientConfig> => {
    const session = {
      types: wireTypes,
      options: sessionOptions(settings),
      connectionTimeoutMillis: 5000
    } as ClientConfig
    if (settings.url) return { connectionString: settings.url, ...session }
    const current = (embedded ??= open())
    const { connection } = await current

    // Knex asks once and then keeps the address, which may be another after a restart.
    return { ...connection, ...session, expirationChecker: () => current !== embedded } as ClientConfig
  }
  const knex = knexFactory({
    client: 'pg',
    log: knexLog(log),
    connection: config as Knex.ConnectionConfigProvider,
    // A database that is down should be an answer within seconds, not a queue of waiting requests.
    pool: {
      min: 0,
      max: settings.pool_max,
      acquireTimeoutMillis: 8000,
      createTimeoutMillis: 8000,
      propagateCreateError: true
    }
  })

  return {
    knex,
    config,
    async close() {
      await knex.destroy()
      await (await embedded?.catch(() => undefined))?.stop()
    }
  }
}
