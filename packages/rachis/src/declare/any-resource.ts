/* eslint-disable @typescript-eslint/no-explicit-any -- what an action takes is known to the action alone. */
import type { HookOptions } from '@feathersjs/feathers'
import type { TProperties } from '@feathersjs/typebox'
import type { AnyFieldAccess, AnyRule } from './clauses'
import type { Action, ActionContext, Creation, Report } from './actions'
import type { DeclaredCache } from './caching'
import type { Check } from './checks'
import type { IdType } from './column-types'
import type { MembershipSpec } from './memberships'
import type { DeclaredRate } from './rates'
import type { DeclaredShapes } from './versions'

/** A relation as it is written. */
export interface DeclaredRelation {
  readonly one?: string
  readonly many?: string
  readonly through?: string
  readonly by?: string
  readonly to?: string
}

/** Any declaration, for code that reads declarations without knowing which. */
export interface AnyResource {
  readonly name: string
  readonly spec: AnySpec
}
export interface AnySpec {
  readonly description?: string
  readonly id?: IdType
  readonly timestamps?: boolean
  readonly versioned?: boolean | 'required'
  readonly soft_delete?: boolean
  readonly path?: string
  readonly was?: string
  readonly table?: boolean
  readonly fields: TProperties
  readonly access: Partial<Record<'read' | 'create' | 'update' | 'remove', AnyRule>> & {
    readonly fields?: { readonly [name: string]: AnyFieldAccess | undefined }
  }
  readonly relations?: { readonly [name: string]: DeclaredRelation }
  readonly indexes?: readonly (string | readonly string[])[]
  readonly unique?: readonly (readonly string[])[]
  readonly checks?: { readonly [name: string]: Check }
  readonly search?: readonly string[]
  readonly audited?: { readonly days: number }
  readonly retention?: { readonly days: number; readonly after?: string }
  readonly source?: string
  readonly members?: { readonly [property: string]: string | MembershipSpec }
  readonly large?: boolean
  readonly states?: {
    readonly field: string
    readonly initial?: readonly string[]
    readonly transitions: { readonly [name: string]: AnyTransition }
  }
  readonly create?: Creation<any, any>
  readonly actions?: { readonly [name: string]: Action<any, any> }
  readonly reports?: { readonly [name: string]: Report<any> }
  readonly aggregates?: boolean
  readonly bulk?: { readonly update?: number; readonly remove?: number }
  readonly limits?: {
    readonly page?: { default?: number; max?: number }
    readonly batch?: number
    readonly body?: number
    readonly rate?: DeclaredRate
  }
  readonly cache?: DeclaredCache
  readonly versions?: DeclaredShapes
  readonly signed_links?: readonly string[]
  readonly interactive_only?: true | readonly string[]
  readonly hooks?: HookOptions<any, any>
}
export interface AnyTransition {
  readonly from: string | readonly string[]
  readonly to: string
  readonly access: AnyRule
  readonly set?: object
  readonly http?: { readonly method?: 'POST' | 'PUT' | 'PATCH' | 'DELETE'; readonly path?: string }
  readonly summary?: string
  run?(context: ActionContext<any>): Promise<unknown>
}
