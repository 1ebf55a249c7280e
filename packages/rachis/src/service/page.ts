import { relationsIn } from '../declare/predicate'
import type { KeysetRange, ReadPage } from '../model/pages'
import { COUNTED, totalSeen } from '../model/pages'
import type { Row } from '../sql/database'
import { countUpTo, expectedRows, explainCount } from '../sql/count'
import type { Selection } from '../sql/order-by'
import { count, select } from '../sql/statements'
import type { Target } from '../sql/target'
import type { Statement } from '../sql/where'
import { readKeysetPage } from './keyset-page'
import type { AccessParams, ListPart, PageReader, ResourceParams } from './service-params'
import { isPartOf } from './service-params'
import { answered, columnsOf, selectionOf } from './service-query'

const rowsOf = async ({ target, run }: PageReader, selection: Selection, params: ResourceParams) =>
  selection.limit === 0 ? [] : await run(select(target, selection, columnsOf(target, params)))

/** All records that a call asks for, without a page around them. */
export const findRows = async (reader: PageReader, params: ResourceParams): Promise<Row[]> => {
  const rows = await rowsOf(reader, selectionOf(reader.target, params), params)
  return answered(rows, reader.target, params)
}

/**
 * Whether every value of every record that PostgreSQL has statistics of may be read by the caller. Else an estimate would tell something of
 * records and columns that are hidden from them.
 */
const readsAll = ({ types }: Target, { where }: Selection, access: AccessParams | undefined): boolean =>
  access !== undefined &&
  access.restrict.kind === 'true' &&
  access.masks.size === 0 &&
  [...types.keys()].every((name) => access.columns.includes(name)) &&
  relationsIn(where).length === 0

const counted = async ({ run }: PageReader, statement: Statement): Promise<number> => {
  const [row] = await run(statement)
  return Number(row!.total)
}

/** Exact up to a bound; above it what PostgreSQL expects, where that reveals nothing, and else the bound. */
const estimated = async (
  reader: PageReader,
  selection: Selection,
  access: AccessParams | undefined
): Promise<number> => {
  const { target, run } = reader
  const few = await counted(reader, countUpTo(target, selection.where, COUNTED + 1))
  if (few <= COUNTED) return few
  if (!readsAll(target, selection, access)) return COUNTED
  const [plan] = await run(explainCount(target, selection.where))

  return Math.max(COUNTED, expectedRows(plan))
}

/** @param seen the total as far as the records of the page show it */
const totalOf = async (
  reader: PageReader,
  selection: Selection,
  params: ResourceParams,
  seen?: number
): Promise<number | undefined> => {
  const { count: counting = 'exact' } = params.paging ?? {}
  if (counting === 'none') return undefined
  if (seen !== undefined) return seen

  return counting === 'exact'
    ? counted(reader, count(reader.target, selection.where))
    : estimated(reader, selection, params.access)
}

const offsetPage = async (reader: PageReader, params: ResourceParams): Promise<ReadPage> => {
  const selection = selectionOf(reader.target, params)
  const page = { limit: Number(selection.limit), skip: Number(selection.skip ?? 0) }
  // One record more says whether there are others behind the page, where no exact total does.
  const isExact = (params.paging?.count ?? 'exact') === 'exact'
  const ahead = isExact || page.limit === 0 ? page.limit : page.limit + 1
  const rows = answered(await rowsOf(reader, { ...selection, limit: ahead }, params), reader.target, params)
  const total = await totalOf(reader, selection, params, totalSeen(rows.length, { ...page, limit: ahead }))
  const read = { ...(total === undefined ? {} : { total }), ...page }

  return isExact
    ? { ...read, data: rows }
    : { ...read, data: rows.slice(0, page.limit), hasMore: rows.length > page.limit }
}

const keysetPage = async (
  reader: PageReader,
  range: KeysetRange,
  params: ResourceParams
): Promise<ReadPage> => {
  const selection = selectionOf(reader.target, params)
  const page = await readKeysetPage(reader, range, selection, params)
  const total = await totalOf(reader, selection, params)

  return { ...page, ...(total === undefined ? {} : { total }) }
}

/** The next records of a list that is read a part at a time. */
const nextPart = async (
  { target }: PageReader,
  part: ListPart,
  params: ResourceParams
): Promise<ReadPage> => {
  part.isRead = true
  const { rows, count: most } = part
  const selection = selectionOf(target, params)
  const found = await rows.read(most, () => select(target, selection, columnsOf(target, params)))

  return { limit: most, skip: 0, data: answered(found, target, params), hasMore: !rows.isDone }
}

/** The page of records that a call asks for, in whichever way. */
export const findPage = (reader: PageReader, params: ResourceParams): Promise<ReadPage> => {
  const { part } = params
  if (part && isPartOf(part, reader.target.table)) return nextPart(reader, part, params)
  const { keyset } = params.paging ?? {}
  return keyset ? keysetPage(reader, keyset, params) : offsetPage(reader, params)
}
