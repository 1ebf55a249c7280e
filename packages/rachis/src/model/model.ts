import type { TObject } from '@feathersjs/typebox'
import type { AnySpec, AnyTransition, FieldInfo, SaidCheck } from '../declare'
import type { Predicate } from '../declare/predicate'
import type { Event } from './events'
import type { FieldRules, Operation, Rules } from './operation'
import type { PageLimits } from './pages'
import type { SearchPart } from './search-parts'
import type { Table } from './table'
import type { VersionStep } from './versions/steps'

/**
 * A declaration lowered: all that the compilers, services and the feed read. Made once at start, then frozen deeply. It is plain data that
 * JSON prints; only code that the declaration brings (`run` of operations and transitions, `hooks`) is left out of that.
 */
export interface Model {
  readonly name: string
  /** Name in URLs and on sockets. */
  readonly path: string
  readonly description: string
  /** Every column by its name, in order. */
  readonly fields: ReadonlyMap<string, FieldInfo>
  /** Names of the columns that may ever leave the server. */
  readonly visible: readonly string[]
  /** Schema of a record as it is answered. */
  readonly record: TObject
  readonly rules: Rules
  /** Rules of single fields by their names. Of a field without any, whoever may read or write the record may read or write it. */
  readonly fieldRules: ReadonlyMap<string, FieldRules>
  /** What it refers to, and what refers to it, under the names that clients follow them by. */
  readonly relations: readonly Relation[]
  /** Conditions between columns that every record keeps. */
  readonly checks: readonly SaidCheck[]
  /** Columns that the full-text search reads; none where there is no search. */
  readonly search: readonly string[]
  /** The same columns by who reads them. */
  readonly searchParts: readonly SearchPart[]
  /** The properties of users that its records give them. */
  readonly members: readonly Member[]
  /** For how long its changes are kept, where it offers them as a history. */
  readonly audited?: { readonly days: number }
  /** After how many days its records are removed, counted from the time in the column `after`. */
  readonly retention?: { readonly days: number; readonly after: string }
  /** The table that is made for it: none for a resource without records, or with those of an existing table. */
  readonly table?: Table
  /** The table that its records are in. */
  readonly source?: string
  readonly operations: readonly Operation[]
  /** What its shape was in older versions of the API, the oldest first; undefined where it has always been the same. */
  readonly versions?: readonly VersionStep[]
  /** What its readers are told of; nothing where no changes are recorded, as of a resource without a table of its own. */
  readonly events: readonly Event[]
  /** How a record is created where the declaration has code of its own for it. */
  readonly creation?: Operation
  readonly softDelete: boolean
  readonly timestamps: boolean
  /** Whether its records count their changes, in the column `version`. */
  readonly versioned: boolean
  readonly page: PageLimits
  readonly batch: number
  /** The state field, if there is a state machine. */
  readonly states?: States
  /** Feathers hooks of the declaration. They are code, so that JSON and the freezing pass them by. */
  readonly hooks?: AnySpec['hooks']
}

/** A property of users that lists a column of the records that name them and count. */
export interface Member {
  readonly property: string
  /** The column that names the user. */
  readonly by: string
  /** The column that is listed. */
  readonly value: string
  readonly where: Predicate
}

/** A relation, from the side that declares it. */
export interface Relation {
  readonly name: string
  readonly kind: 'one' | 'many'
  /** The column here that the other side is found by: a foreign key, or `id`. */
  readonly column: string
  /** The column there that it is compared with: `id`, or a foreign key. */
  readonly by: string
  /** The name of the resource there. */
  readonly target: string
  /** The join resource between the two, whose records refer to both. */
  readonly through?: Through<string>
}
/** What joins two resources: `by` refers to the one that declares the relation, `to` to the other. */
export interface Through<Resource> {
  readonly resource: Resource
  readonly by: string
  readonly to: string
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
