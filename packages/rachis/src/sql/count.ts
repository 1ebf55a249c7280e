import type { RowPredicate } from '../declare/predicate'
import { quote } from '../util/quote'
import type { Target } from './target'
import type { Statement } from './where'
import { Binder, where } from './where'

/** How many records a query finds, counted up to a bound: the cost ends there. */
export const countUpTo = ({ table }: Target, query: RowPredicate, bound: number): Statement => {
  const binder = new Binder()
  const rows = `select from ${quote(table)}${where(query, binder)} limit ${binder.bind(bound)}`

  return { text: `select count(*) as total from (${rows}) as "$counted"`, values: binder.values }
}

/** What PostgreSQL expects a query to find, by its statistics of the whole table: one row, which `expectedRows` reads. */
export const explainCount = ({ table }: Target, query: RowPredicate): Statement => {
  const binder = new Binder()
  return {
    text: `explain (format json) select from ${quote(table)}${where(query, binder)}`,
    values: binder.values
  }
}

/** @see https://www.postgresql.org/docs/current/sql-explain.html */
export const expectedRows = (row: Readonly<Record<string, unknown>> | undefined): number => {
  const given = row?.['QUERY PLAN']
  const plans: unknown = typeof given === 'string' ? JSON.parse(given) : given
  const [plan] = (plans ?? []) as { readonly Plan?: { readonly 'Plan Rows'?: number } }[]

  return plan?.Plan?.['Plan Rows'] ?? 0
}
