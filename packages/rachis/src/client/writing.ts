import type { Acknowledgements } from './acknowledgements'
import type { Answered, Call } from './calls'
import { toCall } from './calls'
import type { Commits } from './connection/commits'
import type { OptimisticWrites, Write } from './live/optimistic'
import type { Id, Row } from './live/row'

interface Options {
  readonly optimistic?: true | Row
  readonly until?: 'answered' | 'applied'
}
/** The answer of a call, and when live lists show what it has changed. */
export interface Written<R = unknown> extends Answered<R> {
  readonly applied: Promise<void>
}

const KINDS: Readonly<Record<string, Write['kind']>> = { create: 'create', remove: 'remove' }

const isOne = (data: unknown): data is Row =>
  typeof data === 'object' && data !== null && !Array.isArray(data)

/** Calls methods of services, shows writes before they are answered, and knows when the feed has passed them. */
export class Writing {
  constructor(
    private readonly parts: {
      readonly send: (call: Call) => Promise<Answered>
      readonly isConnected: () => boolean
      readonly writes: OptimisticWrites
      readonly acknowledgements: Acknowledgements
      readonly commits: Commits
    }
  ) {}

  /** @param args as Feathers' methods take them; the last one may be options */
  async run(path: string, method: string, args: readonly unknown[]): Promise<unknown> {
    const call = toCall(path, method, args)
    const options = (args.at(-1) ?? {}) as Options
    const write = options.optimistic ? this.show(call, options.optimistic) : undefined
    const { result, applied } = await this.call(call, write)
    if (options.until === 'applied') await applied

    return result
  }

  async call<R>(call: Call, write?: Write): Promise<Written<R>> {
    const { send, writes, commits, isConnected } = this.parts
    try {
      const { result, tx } = await send(call)
      const applied = this.applied(tx)
      // Without a connection no list is kept up to date, and nobody will tell of the transaction.
      if (write) writes.answered(write, result, isConnected() ? tx : undefined)
      return { result: result as R, tx, applied }
    } catch (error) {
      if (write) writes.failed(write)
      throw error
    } finally {
      commits.release()
    }
  }

  private applied(tx: string | undefined): Promise<void> {
    const { acknowledgements, isConnected } = this.parts
    return tx !== undefined && isConnected() ? acknowledgements.wait(tx) : Promise.resolve()
  }

  private show(call: Call, optimistic: true | Row): Write | undefined {
    const { path, method, id, data } = call
    const change = optimistic === true ? data : optimistic
    const on = id ?? (isOne(data) ? (data.id as Id) : undefined)
    const kind = KINDS[method] ?? 'change'
    if (kind === 'create') return isOne(change) ? this.parts.writes.add(path, kind, change) : undefined
    return on === undefined ? undefined : this.parts.writes.add(path, kind, isOne(change) ? change : {}, on)
  }
}
