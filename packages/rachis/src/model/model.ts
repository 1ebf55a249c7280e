import type { AnyResource, AnyTransition, FieldInfo } from '../declare'
import type { Predicate } from '../declare/predicate'
import type { Operation, Rules } from './operation'
import type { Table } from './table'

/** A declaration lowered: all that the compilers, services and the feed read. Made once at start, then frozen. */
export interface Model {
  readonly name: string
  /** Name in URLs and on sockets. */
  readonly path: string
  readonly description: string
  readonly resource: AnyResource
  readonly fields: ReadonlyMap<string, FieldInfo>
  /** Names of the columns that may ever leave the server. */
  readonly visible: readonly string[]
  readonly rules: Rules
  /** The table that is made for it: none for a resource without records, or with those of an existing table. */
  readonly table?: Table
  /** The table that its records are in. */
  readonly source?: string
  readonly operations: readonly Operation[]
  /** How a record is created where the declaration has code of its own for it. */
  readonly creation?: Operation
  readonly softDelete: boolean
  readonly timestamps: boolean
  readonly page: { readonly default: number; readonly max: number }
  readonly batch: number
  /** The state field, if there is a state machine. */
  readonly states?: States
  relation(name: string): RelationInfo | undefined
  /** Another resource by its name. */
  other(name: string): Model | undefined
}

/** A relation, from the side that declares it. */
export interface RelationInfo {
  readonly name: string
  readonly kind: 'one' | 'many'
  /** The column here that the other side is found by: a foreign key, or `id`. */
  readonly column: string
  /** The column there that it is compared with: `id`, or a foreign key. */
  readonly by: string
  readonly target: Model
}

export interface TransitionInfo {
  readonly name: string
  readonly from: readonly string[]
  readonly to: string
  readonly rule: Predicate
  readonly set: Readonly<Record<string, unknown>>
  readonly run?: AnyTransition['run']
}
export interface States {
  readonly field: string
  readonly initial: readonly string[]
  readonly transitions: readonly TransitionInfo[]
}
