import type { RowPredicate } from '../declare/predicate'
import type { Schema } from '../openapi/openapi-document'

/** What one caller is told of the API: what they may see and do, and nothing else. The admin page is made from it. */
export interface Description {
  readonly resources: readonly DescribedResource[]
}

export interface DescribedResource {
  readonly name: string
  /** Name in URLs and on sockets. */
  readonly path: string
  readonly description: string
  /** Whether the application declares it, rather than a module that it is built on. */
  readonly isOwn: boolean
  /** The field that a record is called by where others refer to it; `id` where none says more. */
  readonly title: string
  /** The columns that the caller may read, of all records or of some. */
  readonly fields: readonly DescribedField[]
  readonly relations: readonly DescribedRelation[]
  readonly operations: readonly DescribedOperation[]
  /** Whether the list takes `search` from this caller. */
  readonly search: boolean
  readonly states?: DescribedStates
  readonly softDelete: boolean
  /** Whether its changes are told of while they happen. */
  readonly live: boolean
  readonly page: { readonly default: number; readonly max: number }
}

export interface DescribedField {
  readonly name: string
  /** JSON schema of a value that is not null. */
  readonly schema: Schema
  readonly nullable: boolean
  /** What a record is created with where nothing is said. */
  readonly default?: unknown
  /** Whether no two records share a value. */
  readonly isUnique: boolean
  readonly shape: 'scalar' | 'list' | 'object'
  readonly isInstant: boolean
  readonly isNumber: boolean
  /** Digits behind the point, where the field has a certain number of them, as amounts of money have. */
  readonly decimals?: number
  /** The name of the resource that it refers to. */
  readonly references?: string
  /** Whether a list can be sorted by it. */
  readonly isSorted: boolean
  /** The operators of filters besides equality. */
  readonly operators: readonly string[]
}

export interface DescribedRelation {
  readonly name: string
  readonly kind: 'one' | 'many'
  readonly resource: string
  /** The column here, and the one there that it is compared with. */
  readonly column: string
  readonly by: string
  /** The join resource that it leads through, and its keys of both ends. */
  readonly through?: { readonly resource: string; readonly by: string; readonly to: string }
}

export interface DescribedStates {
  readonly field: string
  readonly transitions: readonly { readonly name: string; readonly from: readonly string[]; readonly to: string }[] // prettier-ignore
}

export interface DescribedOperation {
  readonly name: string
  readonly effect: 'read' | 'write'
  readonly target: 'collection' | 'record'
  readonly answers: 'record' | 'page' | 'records' | 'output'
  readonly summary: string
  readonly method: string
  readonly path: string
  /** JSON schema of what it takes, without the fields that the caller may not write. */
  readonly input: Schema
  /** JSON schema of an answer that is no record; left out of sums by groups. */
  readonly output?: Schema
  /** What else has to hold of the record; undefined where nothing does, or where only the server can tell. */
  readonly when?: RowPredicate
  /** Media types of its body. */
  readonly consumes: readonly string[]
}
