import type { Logger } from '../util/logger'
import type { StatementObserver } from '../util/statement-watch'

/** Milliseconds in which one statement is explained once: a database that is slow already must not be asked for more plans than that. */
const EXPLAINED_EVERY = 60_000
/** Statements whose plans are remembered to have been told. */
const MAX_KNOWN = 500
const EXPLAINABLE = /^\s*(select|insert|update|delete|with)\b/i

export interface SlowQueryOptions {
  /** Statements that take so many milliseconds are logged. */
  readonly threshold: number
  readonly logger: Logger
  /** Its plan; undefined where plans are not asked for. */
  readonly explain?: (sql: string) => Promise<readonly string[]>
  /** What the statement belongs to, where that is known. */
  readonly callOf?: () => { readonly call: string; readonly trace_id?: string } | undefined
}

/** Whether the plan of a statement is due. */
const planning = () => {
  const told = new Map<string, number>()

  return (sql: string) => {
    const before = told.get(sql)
    if (!EXPLAINABLE.test(sql) || (before !== undefined && Date.now() - before < EXPLAINED_EVERY))
      return false
    if (told.size >= MAX_KNOWN) told.clear()
    told.set(sql, Date.now())

    return true
  }
}

/**
 * Logs statements that take long, and once a minute the plan of each where that is asked for. Values are not logged, and the plan is the one for any values.
 *
 * @example new StatementWatch([slowQueries({ threshold: 1000, logger })])
 */
export const slowQueries = ({ threshold, logger, explain, callOf }: SlowQueryOptions): StatementObserver => {
  const isDue = planning()
  const tell = (sql: string, ms: number, facts: object) =>
    logger.warn({ sql, ms, ...facts }, 'A statement was slow')
  const tellWithPlan = (sql: string, ms: number, facts: object) => {
    if (!explain || !isDue(sql)) return tell(sql, ms, facts)
    explain(sql).then(
      (plan) => tell(sql, ms, { ...facts, plan }),
      (err: unknown) => tell(sql, ms, { ...facts, plan_error: (err as Error).message })
    )
  }

  return (sql) => {
    const begin = performance.now()
    const facts = callOf?.()

    return () => {
      const ms = performance.now() - begin
      if (ms >= threshold) tellWithPlan(sql, Math.round(ms), { ...facts })
    }
  }
}
