import { ApiError } from '../errors/errors'
import { FairQueue } from '../util/fair-queue'
import type { Claim } from '../util/fair-queue'
import { networkOf } from '../util/network'
import { onceFor } from '../util/once-for'

export interface ShareSettings {
  readonly pool_max: number
  /** Parts of the connections that one caller, and calls to one table, may hold. */
  readonly caller_share: number
  readonly table_share: number
  /** How many calls may wait on behalf of one holder; ten times as many in all. */
  readonly queue: number
}

const REASONS = {
  full: 'Too many calls are waiting for the database',
  timeout: 'The database was busy for too long'
}
const refusal = (reason: keyof typeof REASONS) =>
  new ApiError('OVERLOADED', { message: REASONS[reason], headers: { 'Retry-After': '2' } })

/** Calls of one socket that run at once; more wait for each other. */
const SOCKET_CALLS = 10
/** Health, the recording of security events and other work of the program's own must find a connection. */
const RESERVED = 2
/** A burst of some hundred writes is worked off meanwhile; after it the caller should rather try again. */
const TIMEOUT = 15_000
/** Queues that fit into the whole one, so that one caller with a full queue leaves places to others. */
const CALLERS = 10

/** Who a call counts for. */
interface Caller {
  readonly address?: string
  readonly user?: { readonly id: unknown }
  readonly connection?: object
  /** The call has its share already. */
  readonly isAdmitted?: boolean
}

/** What a call counts for besides its caller: its table or, where it counts apart from others of its table, its operation. */
export type ShareRequest = { readonly table: string } | { readonly operation: string }

type Share = Claim[number]

const nameOf = (asked: ShareRequest) =>
  'table' in asked ? `table ${asked.table}` : `operation ${asked.operation}`

/** Made once for each principal that is kept: a text that is put together anew has to be hashed anew wherever it is looked up. */
const holderOf = onceFor(({ id }: { readonly id: unknown }) => `user ${String(id)}`)

/** The one gate in front of the pool, and how much of it each holder may have. */
export class PoolShares {
  private readonly gate: FairQueue
  private readonly caller: number
  private readonly table: number
  private readonly socket: number

  constructor({ pool_max, caller_share, table_share, queue }: ShareSettings) {
    const capacity = Math.max(1, pool_max - Math.min(RESERVED, Math.floor(pool_max / 2)))
    this.gate = new FairQueue({
      capacity,
      queue: CALLERS * queue,
      queuePerHolder: queue,
      timeout: TIMEOUT,
      refusal
    })
    this.caller = Math.ceil(capacity * caller_share)
    this.table = Math.ceil(capacity * table_share)
    this.socket = Math.min(SOCKET_CALLS, this.caller)
  }

  /** Calls that wait for their share. */
  get waiting(): number {
    return this.gate.size
  }

  /**
   * @param asked an operation counts apart from the others of its table
   * @throws OVERLOADED with Retry-After
   */
  run<T>(asked: ShareRequest, { address, user, connection }: Caller, work: () => Promise<T>): Promise<T> {
    const name = nameOf(asked)
    const network = address === undefined ? undefined : networkOf(address)
    const holder = user && holderOf(user)
    const claim: Share[] = [[name, this.table]]
    // Operations that count apart leave together a part of the capacity to all others: several of them could fill it else.
    if (!('table' in asked)) claim.push(['operations', this.caller])
    if (network !== undefined) claim.push([`address ${network}`, this.caller])
    if (holder !== undefined) claim.push([holder, this.caller])
    if (connection) claim.push([connection, this.socket])

    return this.gate.run(work, `${holder ?? network} ${name}`, claim)
  }

  /**
   * The reads that find out who calls, before it is known whom the call counts for. What is known without them takes no share: else a
   * lock on those tables would keep everybody waiting.
   *
   * @param params of the call
   * @throws OVERLOADED with Retry-After
   */
  signIn<T>(params: Caller, work: () => Promise<T>): Promise<T> {
    const { address, connection, isAdmitted } = params

    return isAdmitted ? work() : this.run({ table: 'sign-in' }, { address, connection }, work)
  }
}

declare module '../declare/declarations' {
  interface Configuration {
    shares: PoolShares
  }
}
