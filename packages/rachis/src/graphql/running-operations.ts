import type { ExecutionArgs, GraphQLError } from 'graphql'
import { ApiError } from '../errors/errors'

/** Operations of one socket that may be under way at once, subscriptions included. */
const AT_ONCE = 100

/** A socket, and the operations that the protocol has open on it. */
interface Opened {
  readonly extra: object
  readonly subscriptions: object
}
type Prepared = ExecutionArgs | readonly GraphQLError[]

const tooMany = () =>
  new ApiError('TOO_MANY_REQUESTS', {
    message: `This connection has ${AT_ONCE} operations under way, as many as may be`,
    hint: 'Wait for answers, or end subscriptions, before you send on'
  })

/**
 * Counts the operations of each socket that are prepared or run. A client that ends a query does not end its work, so what the protocol
 * has open is not all that runs.
 */
export class RunningOperations {
  private readonly counts = new WeakMap<object, number>()
  private readonly sockets = new WeakMap<ExecutionArgs, object>()

  /**
   * Prepares an operation, which counts until it has run.
   *
   * @throws TOO_MANY_REQUESTS, and as `prepare` does
   */
  async begin({ extra, subscriptions }: Opened, prepare: () => Promise<Prepared>): Promise<Prepared> {
    if (this.countOf(extra) >= AT_ONCE || Object.keys(subscriptions).length > AT_ONCE) throw tooMany()
    this.add(extra, 1)
    let prepared: Prepared = []
    try {
      prepared = await prepare()
    } finally {
      if ('document' in prepared) this.sockets.set(prepared, extra)
      else this.add(extra, -1)
    }

    return prepared
  }

  /** Runs what was prepared. A subscription is from then on one that the protocol has open. */
  async finish<T>(args: ExecutionArgs, run: (args: ExecutionArgs) => Promise<T>): Promise<T> {
    try {
      return await run(args)
    } finally {
      this.add(this.sockets.get(args)!, -1)
    }
  }

  private countOf(socket: object): number {
    return this.counts.get(socket) ?? 0
  }

  private add(socket: object, difference: number) {
    this.counts.set(socket, this.countOf(socket) + difference)
  }
}
