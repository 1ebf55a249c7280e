import { typeInfo } from '../declare/column-types'
import { grownCache } from '../util/grown-cache'
import { onceFor } from '../util/once-for'
import { quote } from '../util/quote'
import type { Precondition } from './preconditions'
import { preconditionText } from './preconditions'
import type { ChangeContext, Values } from './statements'
import { list, returningAll, withContext } from './statements'
import type { Target } from './target'
import type { ColumnTypes, Statement } from './where'
import { Binder } from './where'

const recordColumns = (columns: readonly string[], types: ColumnTypes) =>
  columns.map((name) => `${quote(name)} ${types.get(name)}`).join(', ')

/** What is inserted, and who inserts it: each travels as one JSON value, so that the text depends on the columns only. */
interface Insertion {
  readonly context: ChangeContext
  readonly rows: readonly Values[]
}

/** An insertion up to what is asked besides. */
const insertion = ({ table, types }: Target, columns: readonly string[], { context, rows }: Insertion, binder: Binder) => {
  const head = withContext(context, binder)
  const source = `jsonb_to_recordset(${binder.bind(JSON.stringify(rows))}::jsonb) as data(${recordColumns(columns, types)})`

  return `${head} insert into ${quote(table)} (${list(columns)}) select ${list(columns, 'data.')} from "$context", ${source}`
} // prettier-ignore

/** Texts of insertions that are kept for one table: clients may leave out any columns. */
const MAX_KEPT = 200
const keptInsertions = onceFor((_target: Target) => grownCache<string>(MAX_KEPT))

/** The text of an insertion that asks nothing besides, made once for each list of columns. */
const insertionText = (target: Target, columns: readonly string[]): string => {
  const kept = keptInsertions(target)
  const key = columns.join()
  const known = kept.get(key)
  if (known !== undefined) return known
  const text = insertion(target, columns, { context: {}, rows: [] }, new Binder()) + returningAll(target)
  kept.set(key, text)

  return text
}

/** One statement for one row or a thousand. */
export const insert = (
  target: Target,
  rows: readonly Values[],
  columns: readonly string[],
  context: ChangeContext,
  preconditions: readonly Precondition[] = []
): Statement => {
  const binder = new Binder()
  if (columns.length === 0) return emptyInsert(target, context, rows.length, binder)
  if (preconditions.length === 0)
    return { text: insertionText(target, columns), values: [JSON.stringify(context), JSON.stringify(rows)] }
  const into = insertion(target, columns, { context, rows }, binder)
  const asked = preconditionText(preconditions, target.types, binder).join(' and ')

  return { text: `${into}${asked && ` where ${asked}`}${returningAll(target)}`, values: binder.values }
}

/** A row of defaults only: PostgreSQL has no INSERT … SELECT without columns, but takes the key's own default. */
const emptyInsert = (target: Target, context: ChangeContext, rows: number, binder: Binder): Statement => {
  const { table, id, types } = target
  const head = withContext(context, binder)
  const next =
    typeInfo(types.get(id)).id?.default ??
    `nextval(pg_get_serial_sequence(${binder.bind(table)}, ${binder.bind(id)}))`

  return {
    text: `${head} insert into ${quote(table)} (${quote(id)}) select ${next} from "$context", generate_series(1, ${binder.bind(rows)})${returningAll(target)}`,
    values: binder.values
  }
}
