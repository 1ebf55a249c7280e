import type { TSchema } from '@feathersjs/typebox'
import type { ColumnType } from './column-types'

declare const kDefault: unique symbol
declare const kReadOnly: unique symbol
declare const kWriteOnly: unique symbol
declare const kImmutable: unique symbol
declare const kState: unique symbol
declare const kRefers: unique symbol

/** Traits that the types of create, patch and read data are made from. They exist in the type system only. */
export type Defaulted = { readonly [kDefault]?: true }
export type ReadOnly = { readonly [kReadOnly]?: true }
export type WriteOnly = { readonly [kWriteOnly]?: true }
export type Immutable = { readonly [kImmutable]?: true }
export type Stateful<V> = { readonly [kState]?: V }
/** Refers to records of a resource, by its name. */
export type Refers<N> = { readonly [kRefers]?: N }

export type OnDelete = 'cascade' | 'restrict' | 'set null'

/** What our helpers write beside the JSON schema's own keywords, and the lowering reads. */
export interface Annotations {
  column?: ColumnType
  unique?: boolean
  immutable?: boolean
  readOnly?: boolean
  writeOnly?: boolean
  computed?: string
  normalize?: 'lower' | 'upper'
  hash?: 'password'
  references?: {
    resource: string
    on_delete: OnDelete
    allow_unreadable?: boolean
    where?: Readonly<Record<string, unknown>>
  }
  owner?: boolean
  state?: boolean
  was?: string
}

export const annotate = <T extends TSchema, M>(
  schema: T,
  annotations: Annotations & { default?: unknown }
): T & M => ({ ...schema, ...annotations }) as T & M
