import knexFactory from 'knex'
import type { Knex } from 'knex'
import * as pg from 'pg'
import type { ClientConfig } from 'pg'
import type { Settings } from '../declare/declarations'
import { parseConnectionString } from './connection-string'
import { assertReadable } from './connection-problem'
import { HostChoice, hostsOf } from './hosts'
import type { WantedServer } from './hosts'
import type { ConnectionPool } from './idle-connection'
import { takeIdle } from './idle-connection'
import { knexLog } from './knex-log'
import { withPassword } from './password'
import { serverFacts } from './server-facts'
import { clientLimits, localSettings, optionsOf, sessionSettings, transactionSettings } from './session'
import type { Session, SessionConfig } from './session-config'
import { SessionClient } from './session-client'
import { wireTypes } from './types'

/** Time limits of a session, in seconds; those that are left out are the settings'. */
export type Limits = Partial<
  Pick<Settings['database'], 'statement_timeout' | 'lock_timeout' | 'read_timeout'>
>

/** What a session has otherwise than the others. */
export interface SessionNeeds extends Limits {
  /** Settings of PostgreSQL beside those that every session has. */
  readonly beside?: Readonly<Record<string, string>>
}

export type Log = (line: string) => void

// A database that is down should be an answer within seconds, not a queue of waiting requests.
const POOL = { min: 0, acquireTimeoutMillis: 8000, createTimeoutMillis: 8000, propagateCreateError: true }

/** A server behind a firewall that forgets idle connections would leave us with dead ones. */
const NETWORK = { connectionTimeoutMillis: 5000, keepAlive: true, keepAliveInitialDelayMillis: 10_000 }

/** Milliseconds in which the server says what it is. Its own limit for that is five seconds. */
const FACTS_TIMEOUT = 7000

export interface Target {
  config(): Promise<ClientConfig & { readonly options?: string }>
  /** The connection string of the one server that is used now. */
  url(): Promise<string>
  /** The environment variable that leads there; the embedded server has none. */
  readonly variable?: string
  /** Whether it may lead to another server with each connection. */
  readonly moves?: boolean
}

export interface TargetOptions {
  readonly variable: string
  readonly password?: () => Promise<string>
  /** Of several hosts, which one is used where the connection string does not say it. */
  readonly wanted?: WantedServer
  /** Called when another host than before is used. */
  readonly onMoved?: () => void
}

/** @throws {Error} that names the variable, where it cannot be read */
export const targetOf = (
  url: string,
  { variable, password, wanted: otherwise = 'primary', onMoved = () => undefined }: TargetOptions
): Target => {
  const { urls, wanted } = hostsOf(url, variable, otherwise)
  const configs = urls.map((one) => {
    const read = assertReadable(parseConnectionString(one), variable)
    return password ? withPassword(read, password) : read
  })
  if (!wanted)
    return { config: () => Promise.resolve(configs[0]!), url: () => Promise.resolve(url), variable }
  const choice = new HostChoice({ configs, wanted, onMoved })

  return {
    config: () => choice.current(),
    url: async () => urls[configs.indexOf(await choice.current())]!,
    variable,
    moves: true
  }
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
export const sessionsTo = (
  target: Target,
  settings: Settings['database'],
  { log, ...told }: { log?: Log } & Pick<Session, 'onSpent' | 'onSilent' | 'statements'>
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

  return async ({ beside, ...limits }: SessionNeeds = {}): Promise<SessionConfig> => {
    const limited = { ...settings, ...limits }
    const found = await facts()
    const { options = '', ...where } = await target.config()
    const all = { ...sessionSettings(limited, found), ...beside }
    const local = found.isPooled ? { ...all, ...transactionSettings(limited) } : transactionSettings(limited)
    const session = {
      isPooled: found.isPooled,
      moves: target.moves,
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

/** The parts of Knex's client that it does not declare. */
interface PoolClient extends ConnectionPool {
  driver: object
  connectionSettings: Partial<SessionConfig>
  acquireConnection: () => Promise<SessionClient>
  acquireRawConnection: () => Promise<SessionClient>
}

/** Knex' `pg` client over connections that keep the program's session. */
export const poolOf = (
  config: () => Promise<SessionConfig>,
  max: number,
  isUsable: (client: SessionClient) => boolean,
  log?: Log
): Knex => {
  const knex = knexFactory({
    client: 'pg',
    // Knex would ask each server, to tell whether it is older than 9.2.
    version: '14',
    log: knexLog(log),
    connection: config as Knex.ConnectionConfigProvider,
    pool: { ...POOL, max }
  })
  const client = knex.client as PoolClient
  client.driver = { ...pg, Client: SessionClient }
  client.validateConnection = isUsable
  const acquire = client.acquireConnection.bind(client)
  client.acquireConnection = async () => takeIdle(client) ?? acquire()
  const open = client.acquireRawConnection.bind(client)
  // Knex keeps what it was told first.
  client.acquireRawConnection = async () => {
    if (client.connectionSettings.session?.moves) client.connectionSettings = await config()
    return open()
  }

  return knex
}
