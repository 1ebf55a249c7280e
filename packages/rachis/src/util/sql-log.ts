import { AsyncLocalStorage } from 'async_hooks'
import type { Logger } from './logger'
import type { StatementObserver } from './statement-watch'

/** A call, and what it has asked of the database so far. */
interface Asking {
  readonly call: string
  readonly trace_id?: string
  statements: number
  sql_ms: number
}

const calls = new AsyncLocalStorage<Asking>()
const rounded = (milliseconds: number) => Math.round(milliseconds * 100) / 100

/**
 * Starts work that outlasts the call that gave rise to it, such as reading the feed of changes: its statements belong to no call.
 *
 * @example outsideOfCalls(() => setTimeout(readFeed, 10))
 */
export const outsideOfCalls = <T>(work: () => T): T => calls.exit(work)

/** The call that a statement belongs to; undefined where statements are not logged, since that is what it costs to know. */
export const currentCall = (): { readonly call: string; readonly trace_id?: string } | undefined => {
  const asking = calls.getStore()

  return asking && { call: asking.call, trace_id: asking.trace_id }
}

/** Writes each statement with its time, and for each call how many there were. Values are left out, since they may be personal data. */
export class SqlLog {
  constructor(private readonly logger: Logger) {}

  /** Runs a call; what it asks, and what follows from it, is noted as its own. */
  async around<T>(call: string, trace_id: string | undefined, work: () => Promise<T>): Promise<T> {
    const asking: Asking = { call, trace_id, statements: 0, sql_ms: 0 }
    const begin = performance.now()
    try {
      return await calls.run(asking, work)
    } finally {
      const { statements, sql_ms } = asking
      this.logger.info({ call, trace_id, statements, sql_ms: rounded(sql_ms), ms: rounded(performance.now() - begin) }, 'Call') // prettier-ignore
    }
  }

  /** Notes a statement of the present call; the answer is to be called once it is done. */
  readonly note: StatementObserver = (sql) => {
    const asking = calls.getStore()
    const begin = performance.now()

    return () => {
      const ms = rounded(performance.now() - begin)
      if (asking) Object.assign(asking, { statements: asking.statements + 1, sql_ms: asking.sql_ms + ms })
      this.logger.info(
        { ...(asking ? { call: asking.call, trace_id: asking.trace_id } : {}), sql, ms },
        'SQL'
      )
    }
  }
}
