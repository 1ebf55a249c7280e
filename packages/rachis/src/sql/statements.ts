import type { RowPredicate } from '../declare/predicate'
import { assignments } from './assignments'
import type { Precondition } from './preconditions'
import { preconditionText, selectPreconditions } from './preconditions'
import { fromTable } from './joined'
import type { Selection } from './order-by'
import { pageEnd } from './order-by'
import { returning } from './returning'
import type { Target } from './target'
import { onceFor } from '../util/once-for'
import { quote } from '../util/quote'
import type { Statement } from './where'
import { Binder, predicateSql, where } from './where'

/** Who makes a change, and by which operation: the trigger writes it into the feed. */
export interface ChangeContext {
  readonly user_id?: number | string | null
  readonly trace_id?: string
  /** Who acts as that user. */
  readonly impersonator_id?: number
  readonly event?: string
  readonly resource?: string
  readonly action?: string
  readonly id?: string
}

export const list = (columns: readonly string[], prefix = '') =>
  columns.map((name) => prefix + quote(name)).join(', ')

/** A record's columns by their names. */
export type Values = Readonly<Record<string, unknown>>

/**
 * @example select(tasks, { where: compare(userId, '=', 7), sort: { id: -1 }, limit: 1 }).text
 * // select "id", "title" from "tasks" where "user_id" = $1::bigint order by "id" desc limit $2
 */
export const select = (target: Target, selection: Selection, columns = target.columns): Statement => {
  const binder = new Binder()
  const text =
    `select ${list(columns)} from ${fromTable(target.table, selection, binder)}${where(selection.where, binder)}` +
    pageEnd(target, selection, binder)

  return { text, values: binder.values }
}

/** One row by whatever the query asks; no order, no page. */
export const selectOne = (
  target: Target,
  query: RowPredicate,
  options: { columns?: readonly string[]; lock?: boolean } = {}
): Statement => {
  const binder = new Binder()
  const { columns = target.columns, lock } = options
  const text = `select ${list(columns)} from ${quote(target.table)}${where(query, binder)} limit 1`

  return { text: text + (lock ? ' for update' : ''), values: binder.values }
}

/** Rows by their ids, locked against changes until the transaction ends. In one order, so that two who lock them do not wait for each other. */
export const selectHeld = (target: Target, ids: readonly unknown[]): Statement => {
  const binder = new Binder()
  const { table, id, types, columns } = target
  const text = `select ${list(columns)} from ${quote(table)} where ${quote(id)} = any(${binder.bind(ids)}::${types.get(id)}[]) order by ${quote(id)} for share`

  return { text, values: binder.values }
}

export const count = ({ table }: Target, query: RowPredicate): Statement => {
  const binder = new Binder()
  return {
    text: `select count(*) as total from ${quote(table)}${where(query, binder)}`,
    values: binder.values
  }
}

/**
 * The trigger reads the context from a setting; a CTE sets it in the statement itself, which saves a transaction's round trips.
 * Its names are such as no table and no column can have.
 */
export const withContext = (context: ChangeContext, binder: Binder) =>
  `with "$context" as materialized (select set_config('app.context', ${binder.bind(JSON.stringify(context))}, true) as "$set")`

/** ` returning …` of all columns of a table. */
export const returningAll = onceFor(({ columns }: Target) => returning(list(columns)))

/** ` where …`: what the query asks, and what the write asks besides. */
const whereAll = (
  query: RowPredicate,
  preconditions: readonly Precondition[],
  { types }: Target,
  binder: Binder
) => {
  const own = query.kind === 'true' ? [] : [predicateSql(query, binder)]
  const asked = [...own, ...preconditionText(preconditions, types, binder)].join(' and ')

  return asked && ` where ${asked}`
}

/** ` where …`, as it is compiled. */
type Where = (binder: Binder) => string

/** Sets columns of some rows, and returns them as they became. */
export const updateRows = (
  target: Target,
  changes: Values,
  context: ChangeContext,
  which: Where
): Statement => {
  const binder = new Binder()
  const head = withContext(context, binder)
  const set = assignments(target, changes, binder) || `${quote(target.id)} = ${quote(target.id)}`

  return {
    text: `${head} update ${quote(target.table)} set ${set} from "$context"${which(binder)}${returningAll(target)}`,
    values: binder.values
  }
}

/** Sets columns of all rows that the query finds. */
export const update = (
  target: Target,
  query: RowPredicate,
  changes: Values,
  context: ChangeContext,
  preconditions: readonly Precondition[] = []
): Statement =>
  updateRows(target, changes, context, (binder) => whereAll(query, preconditions, target, binder))

/** Which preconditions of a change hold of the record that the query finds: no row where it finds none. */
export const selectHolding = (
  target: Target,
  query: RowPredicate,
  preconditions: readonly Precondition[]
): Statement =>
  selectPreconditions(
    preconditions,
    target.types,
    (binder) => ` from ${quote(target.table)}${where(query, binder)} limit 1`
  )

/** Removes some rows, and returns them as they were. */
export const removeRows = (target: Target, context: ChangeContext, which: Where): Statement => {
  const binder = new Binder()
  const head = withContext(context, binder)

  return {
    text: `${head} delete from ${quote(target.table)} using "$context"${which(binder)}${returningAll(target)}`,
    values: binder.values
  }
}

export const remove = (
  target: Target,
  query: RowPredicate,
  context: ChangeContext,
  preconditions: readonly Precondition[] = []
): Statement => removeRows(target, context, (binder) => whereAll(query, preconditions, target, binder))

export interface RelatedOptions {
  readonly restrict: RowPredicate
  readonly columns: readonly string[]
  /** At most so many for one key. */
  readonly each: number
  /** At most so many in all. */
  readonly most: number
  /** A column of which each value counts once for one key, by the first record that has it. It is among `columns`, as is the key. */
  readonly distinct?: string
}

/** Records by a key that refers to others: one statement, however many others. */
export const selectRelated = (
  target: Target,
  by: string,
  keys: readonly unknown[],
  { restrict, columns, each, most, distinct }: RelatedOptions
): Statement => {
  const binder = new Binder()
  const type = target.types.get(by)
  const rule = predicateSql(restrict, binder)
  const numbered = `row_number() over (partition by ${quote(by)} order by ${quote(target.id)}) as "$row"`
  const found = `${quote(target.table)} where ${quote(by)} = any(${binder.bind(keys)}::${type}[]) and (${rule})`
  const pair = distinct === undefined ? [] : [by, distinct]
  const source =
    distinct === undefined
      ? found
      : `(select distinct on (${list(pair)}) ${list(columns)} from ${found} order by ${list([...pair, target.id])}) pairs`
  const rows = `select ${list(columns)}, ${numbered} from ${source}`

  return {
    text: `select ${list(columns)} from (${rows}) related where "$row" <= ${binder.bind(each)} order by ${quote(target.id)} limit ${binder.bind(most)}`,
    values: binder.values
  }
}
