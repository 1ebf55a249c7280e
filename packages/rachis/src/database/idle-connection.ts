import type { SessionClient } from './session-client'

interface Resource {
  readonly resource: SessionClient & { readonly __knex__disposed?: unknown }
}
/** The parts of tarn's pool that it does not declare. A resource that is released is found in `used`. */
interface Pool {
  readonly destroyed: boolean
  /** The clock by which it closes connections that are idle for long; null while it does not run. */
  readonly interval: unknown
  readonly free: Resource[]
  readonly used: Resource[]
  readonly pendingAcquires: readonly unknown[]
}

/** The parts of Knex's client by which it judges a connection. */
export interface ConnectionPool {
  /** None once Knex is destroyed. */
  readonly pool?: Pool
  readonly connectionConfigExpirationChecker?: (() => boolean) | null
  validateConnection: (connection: SessionClient) => boolean
}

/**
 * Takes the connection that was used last, where one is idle and nobody waits for it. The pool would make two operations with a timer each
 * and a dozen promises for that, since it may have to open a connection, or to wait for one.
 *
 * @returns undefined where the pool has to do more: none is idle, the one that was used last is of no use any more, or its clock has to be started
 */
export const takeIdle = (client: ConnectionPool): SessionClient | undefined => {
  const { pool } = client
  if (!pool || pool.destroyed || pool.interval === null || pool.pendingAcquires.length > 0) return undefined
  const idle = pool.free.at(-1)
  if (!idle || !isValid(client, idle)) return undefined
  pool.free.pop()
  pool.used.push(idle)

  return idle.resource
}

/** What Knex has its pool ask of each connection, as far as it is used here. */
const isValid = (client: ConnectionPool, { resource }: Resource): boolean =>
  !resource.__knex__disposed &&
  !client.connectionConfigExpirationChecker?.() &&
  client.validateConnection(resource)
