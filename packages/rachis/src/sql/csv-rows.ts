import { typeInfo } from '../declare/column-types'
import { CRLF, FORMULA_STARTS } from '../util/csv'
import { literal, quote } from '../util/quote'
import { concatenated, jsonValue } from './json-rows'
import { fromTable } from './joined'
import type { Selection } from './order-by'
import { pageEnd } from './order-by'
import type { Target } from './target'
import type { Statement } from './where'
import { Binder, where } from './where'

const STARTS = [...FORMULA_STARTS].map(literal).join(', ')

/** As `util/csv.ts` writes a text: an apostrophe before what a program for tables would take for a formula, and each quote twice. */
const textCell = (column: string): string => {
  const isFormula = `left(ltrim(${column}, ''''), 1) in (${STARTS})`

  return `'"' || case when ${isFormula} then '''' else '' end || replace(${column}, '"', '""') || '"'`
}

/** Other scalars are numbers and booleans, or texts of digits and signs that JSON has in quotes as CSV does. */
const cell = (target: Target, name: string): string => {
  const { isText } = typeInfo(target.types.get(name))

  return `coalesce(${isText ? textCell(quote(name)) : jsonValue(target, name)}, '')`
}

const isScalar = ({ types }: Target, name: string) => typeInfo(types.get(name)).shape === 'scalar'

/** Columns between those of lists and objects, which are written by `csvOf`: PostgreSQL spells JSON in another way. */
const piecesOf = (target: Target, columns: readonly string[]): string[] => {
  const pieces: string[] = []
  let parts: string[] = []
  for (const [index, name] of columns.entries()) {
    if (index > 0) parts.push(`','`)
    if (isScalar(target, name)) parts.push(cell(target, name))
    else {
      pieces.push(concatenated(parts.length > 0 ? parts : [`''`]), quote(name))
      parts = []
    }
  }

  return [...pieces, concatenated([...parts, literal(CRLF)])]
}

/**
 * Rows of a list as lines of CSV, each in pieces: texts at even places, and at odd ones the values of columns that are lists and objects.
 *
 * @example selectCsv(tasks, { where: TRUE }, ['id', 'tags']).text
 * // select (coalesce("id"::text, '') || ','), "tags", '\r\n' from "tasks" …
 */
export const selectCsv = (target: Target, selection: Selection, columns: readonly string[]): Statement => {
  const binder = new Binder()
  const pieces = piecesOf(target, columns).join(', ')
  const from = `from ${fromTable(target.table, selection, binder)}${where(selection.where, binder)}`

  return { text: `select ${pieces} ${from}${pageEnd(target, selection, binder)}`, values: binder.values }
}
