import { VALIDATED } from '@feathersjs/adapter-commons'
import type { Terms } from '../declare'
import type { RowPredicate } from '../declare/predicate'
import { and, TRUE } from '../declare/predicate'
import type { ParsedQuery } from '../query/query'
import type { JoinedByName } from '../sql/joined'
import type { Selection, Sort } from '../sql/order-by'
import type { Searched } from '../sql/search'
import { searchedFor } from '../sql/search'
import type { ColumnTypes } from '../sql/where'
import { filtersOf } from './filters'

/** What the compilers of statements are given of the query of a call. */
export interface CallSelection extends Selection {
  /** The columns that are read, of those that the caller may read; all of them where it is undefined. */
  readonly columns?: readonly string[]
}

/** Under this key `params.query` carries its selection. A symbol cannot be sent, and goes along where a query is copied. */
const SELECTION = Symbol('selection')
/** Under this one, where hooks may change the query, what the names of related records in `$sort` stand for. */
const JOINED = Symbol('joined')
type Query = Terms & { readonly [SELECTION]?: CallSelection; readonly [JOINED]?: JoinedByName }

const READS = ['find', 'get']

const searched = (asked: Searched | undefined): RowPredicate => (asked ? searchedFor(asked) : TRUE)

/** The columns that a read needs: those that are asked for, and those by which related records are found. */
const columnsOf = ({ select, include = [] }: ParsedQuery): readonly string[] | undefined =>
  select && [...select, ...include.map(({ relation }) => relation.column)]

/** A parsed query → what a statement is made from. The rule of a write is asked of the whole row, so a write reads every column. */
export const selectionFrom = (parsed: ParsedQuery, isPaged: boolean, method: string): CallSelection => ({
  where: and([parsed.where, searched(parsed.search)]),
  sort: parsed.sort,
  joined: parsed.joined,
  rank: parsed.search,
  limit: isPaged ? parsed.limit : undefined,
  skip: isPaged ? parsed.skip : undefined,
  columns: READS.includes(method) ? columnsOf(parsed) : undefined
})

/** The query as it was sent, with its selection, which alone makes the statement. */
export const carrySelection = (sent: Terms, selection: CallSelection): Terms => ({
  ...sent,
  [SELECTION]: selection,
  [VALIDATED]: true
})

/** The parameters of a Feathers query that are no filters. */
interface Parameters {
  readonly $sort?: Sort
  readonly $limit?: number
  readonly $skip?: number
  readonly $search?: Searched
  readonly $select?: readonly string[]
}

/** A selection in the form that Feathers' adapters take, for hooks that may read and change it. */
export const feathersParameters = ({ sort, joined, rank, limit, skip, columns }: CallSelection): Terms => {
  const parameters: Parameters = { $search: rank, $sort: sort, $select: columns, $limit: limit, $skip: skip }
  const given = Object.entries(parameters).filter(([, value]) => value !== undefined)

  return { ...Object.fromEntries(given), ...(joined ? { [JOINED]: joined } : {}), [VALIDATED]: true }
}

/**
 * The selection of a query: what the parser made of it, or what a query in Feathers' form says where hooks may have changed it.
 *
 * @param types of the columns, by which filters in Feathers' form are read
 */
export const selectionIn = (query: Query = {}, types: ColumnTypes): CallSelection => {
  const carried = query[SELECTION]
  if (carried) return carried
  const { $sort: sort, $limit: limit, $skip: skip, $search: rank, $select: columns } = query as Parameters
  const where = and([filtersOf(query, types), searched(rank)])

  return { where, sort, joined: query[JOINED], limit, skip, rank, columns }
}

/** The selection of a query that carries one. */
export const carriedSelection = (query: Query = {}): CallSelection | undefined => query[SELECTION]

/** The columns of the selection of a query, without a look at its filters. */
export const selectedColumns = (query: Query = {}): readonly string[] | undefined =>
  (query[SELECTION] ?? { columns: (query as Parameters).$select }).columns
