import type { AdapterParams, AdapterServiceOptions } from '@feathersjs/adapter-commons'
import type { Knex } from 'knex'
import type { Principal } from '../declare/declarations'
import type { RowPredicate } from '../declare/predicate'
import type { RowMasks } from '../rules/masks'
import type { ListAddress } from '../model/pages'
import type { Precondition } from '../sql/preconditions'
import type { Include } from '../query/query-include'
import type { ChangeContext } from '../sql/statements'
import type { Target } from '../sql/target'
import type { Database } from '../sql/database'

/** What the rule of an operation leaves of it for this user. */
export interface AccessParams {
  /** ANDed to every query of the call. */
  readonly restrict: RowPredicate
  /** Columns that the user may read. */
  readonly columns: readonly string[]
  /** Those of them that they may read of some records only. */
  readonly masks: RowMasks
}
/** Fields of which it depends on the record whether the caller may write them. */
export interface GuardedFields {
  /** Those that the client sent, for each record of the data. */
  readonly sent: readonly (readonly string[])[]
  /** Those that a PUT leaves out, and so sets to their defaults. */
  readonly leftOut: readonly string[]
}
export interface ResourceParams extends AdapterParams {
  user?: Principal
  access?: AccessParams
  change?: ChangeContext
  transaction?: { trx: Knex.Transaction }
  /** The call has its share of the database's connections; nested calls use the same. */
  isAdmitted?: boolean
  /** The number of the page, where the query asks by page numbers. */
  page?: number
  /** Where a list was asked that another path answers as well, such as a report: its pages are linked there. */
  listedAt?: ListAddress
  /** Fields that the answer is to have; all that may be read where it is not said. */
  select?: readonly string[]
  /** Relations to answer along with the records. */
  include?: readonly Include[]
  /** What the write has to be checked for by the record as it was and as it becomes. */
  guarded?: GuardedFields
  /** What the call's write asks besides its rule. */
  preconditions?: readonly Precondition[]
}
export interface TableServiceOptions extends AdapterServiceOptions {
  readonly Model: Database
  readonly target: Target
}
