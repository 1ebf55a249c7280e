import type { CallContext, Hook } from './context'
import { FairShare } from './fair-share'
import type { Claim } from './fair-share'

export interface ShareSettings {
  readonly pool_max: number
  /** Parts of the connections that one caller, and calls to one table, may hold. */
  readonly caller_share: number
  readonly table_share: number
  readonly queue: number
}

/** Calls of one socket that run at once; more wait for each other. */
const SOCKET_CALLS = 10
/** Health, the recording of security events and other work of the program's own must find a connection. */
const RESERVED = 2
/** A burst of some hundred writes is worked off meanwhile; after it the caller should rather try again. */
const PATIENCE = 15_000

/** Who a call counts for. */
interface Caller {
  readonly address?: string
  readonly user?: { readonly id: unknown }
  readonly connection?: object
}

/** The one gate in front of the pool, and how much of it each holder may have. */
export class PoolShares {
  private readonly gate: FairShare
  private readonly caller: number
  private readonly table: number
  private readonly socket: number

  constructor({ pool_max, caller_share, table_share, queue }: ShareSettings) {
    const capacity = Math.max(1, pool_max - Math.min(RESERVED, Math.floor(pool_max / 2)))
    this.gate = new FairShare({ capacity, queue, patience: PATIENCE })
    this.caller = Math.ceil(capacity * caller_share)
    this.table = Math.ceil(capacity * table_share)
    this.socket = Math.min(SOCKET_CALLS, this.caller)
  }

  /** @throws OVERLOADED with Retry-After */
  run<T>(table: string, { address, user, connection }: Caller, work: () => Promise<T>): Promise<T> {
    const claim: Claim = [
      [`table ${table}`, this.table],
      ...(address === undefined ? [] : [[`address ${address}`, this.caller] as const]),
      ...(user ? [[`user ${String(user.id)}`, this.caller] as const] : []),
      ...(connection ? [[connection, this.socket] as const] : [])
    ]

    return this.gate.run(`${user ? `user ${String(user.id)}` : address} ${table}`, claim, work)
  }
}

const sharesOf = ({ app }: CallContext) => app.get('shares') as PoolShares | undefined
const callerOf = ({ params }: CallContext) => params as Caller

/**
 * Has a call from outside wait until its caller and its table have a share of the pool left. A nested call has its caller's: one
 * that waited for a second share could wait for itself.
 */
export const share =
  (table?: string): Hook =>
  async (context, next) => {
    const { provider, transaction, isAdmitted } = context.params
    const shares = sharesOf(context)
    if (!shares || !provider || transaction || isAdmitted) return next()
    await shares.run(table ?? context.path, callerOf(context), async () => {
      context.params = { ...context.params, isAdmitted: true }
      await next()
    })
  }

/** Finding out who calls reads tables of its own, before it is known whom the call counts for. */
export const shareSignIn = <T>(context: CallContext, work: () => Promise<T>): Promise<T> => {
  const shares = sharesOf(context)
  const { address, connection } = callerOf(context)

  return shares && !context.params.isAdmitted ? shares.run('sign-in', { address, connection }, work) : work()
}

declare module '../../declare/declarations' {
  interface Configuration {
    shares: PoolShares
  }
}
