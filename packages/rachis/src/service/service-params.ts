import type { AdapterParams, AdapterServiceOptions } from '@feathersjs/adapter-commons'
import type { Knex } from 'knex'
import type { Principal } from '../declare/declarations'
import type { RowPredicate } from '../declare/predicate'
import type { ApiError } from '../errors/errors'
import type { RowMasks } from '../rules/masks'
import type { Operation } from '../model/operations'
import type { ListAddress, PageRange } from '../model/pages'
import type { HeldConditions } from './record-conditions'
import type { Precondition } from '../sql/preconditions'
import type { CacheRequest } from './answer-cache'
import type { PageEdges, Snapshot } from './list-facts'
import type { ReadSource } from './replica/source'
import type { CallIdentity } from './remembered-answers'
import type { ParsedAggregate } from '../query/query-aggregate'
import type { Include } from '../query/query-include'
import type { Receipt } from '../sql/returning'
import type { RowCursor } from '../sql/row-cursor'
import type { ChangeContext } from '../sql/statements'
import type { Target } from '../sql/target'
import type { CallDatabase, Row } from '../sql/database'
import type { Statement } from '../sql/where'
import type { Sealer } from '../util/seal'

/** What the rule of an operation leaves of it for this user. */
export interface AccessParams {
  /** ANDed to every query of the call. */
  readonly restrict: RowPredicate
  /** Columns that the user may read. */
  readonly columns: readonly string[]
  /** Those of them that they may read of some records only. */
  readonly masks: RowMasks
}
/** The next records of a list that is read a part at a time, for the call that is made for them: not for others that hooks make with its parameters. */
export interface ListPart {
  readonly rows: RowCursor
  readonly table: string
  readonly count: number
  isRead?: boolean
}
/** Whether a part that is still to be read is one of this table. */
export const isPartOf = ({ table, isRead = false }: ListPart, name: string): boolean =>
  table === name && !isRead
/** Fields of which it depends on the record whether the caller may write them. */
export interface GuardedFields {
  /** Those that the client sent, for each record of the data. */
  readonly sent: readonly (readonly string[])[]
  /** Those that a PUT leaves out, and so sets to their defaults. */
  readonly leftOut: readonly string[]
}
export interface ResourceParams extends AdapterParams {
  user?: Principal
  /** Of the request, or of the call over a socket. */
  headers?: Readonly<Record<string, string | readonly string[] | undefined>>
  access?: AccessParams
  /** What is wrong with the form of the call, to be told to who may make such a call. */
  fault?: ApiError
  /** The version of the API that the call is made in. */
  version?: number
  /** By what its caller is signed in. */
  authentication?: object
  change?: ChangeContext
  /** Takes down what the call writes, also by calls that it makes with its own parameters. */
  receipt?: Receipt
  /** The operation that a client called, until it is counted. Nested calls are not counted. */
  called?: Operation
  /** By what the answer of the client's call may be kept, and given to others. */
  cacheRequest?: CacheRequest
  transaction?: { trx: Knex.Transaction }
  /** The client's call may be answered from a copy of the primary. Nested calls are not asked again. */
  mayReadCopy?: boolean
  /** Where the reads of the call go, where that is not the primary. */
  source?: ReadSource
  /** The call has its share of the database's connections; nested calls use the same. */
  isAdmitted?: boolean
  /** What is asked of groups of records. */
  grouping?: ParsedAggregate
  /** Which page the query asks for. */
  paging?: PageRange
  /** Where a list was asked that another path answers as well, such as a report: its pages are linked there. */
  listedAt?: ListAddress
  /** Fields that the answer is to have; all that may be read where it is not said. */
  select?: readonly string[]
  /** Relations to answer along with the records. */
  include?: readonly Include[]
  /** What the write has to be checked for by the record as it was and as it becomes. */
  guarded?: GuardedFields
  /** By what the answer of this call is to be remembered, where it carries a key of idempotency. */
  idempotency?: CallIdentity
  /** Takes down which changes a list includes. */
  snapshot?: Snapshot
  /** Takes down how the cursors of a page's records are made. */
  edges?: PageEdges
  /** Where a list is read a part at a time: the next records are read of it, as many as `count` says. */
  part?: ListPart
  /** What the call's write asks besides its rule. */
  preconditions?: readonly Precondition[]
  /** What the call asks of the record, which is held while it is compared. */
  conditions?: HeldConditions
}
export interface TableServiceOptions extends AdapterServiceOptions {
  readonly Model: CallDatabase
  readonly target: Target
  /** Seals the cursors of its lists; without one they have none. */
  readonly sealer?: Sealer
}
/** What a page is read with. */
export interface PageReader extends Pick<TableServiceOptions, 'target' | 'sealer'> {
  readonly run: (statement: Statement) => Promise<Row[]>
}
