import type { AnyResource, FieldInfo } from '../resource'
import { clausesOf, fieldsOf } from '../resource'
import type { AnyRule, Terms } from '../resource'
import type { Operation } from './operations'
import { operationsOf } from './operations'
import type { Table } from './table'
import { tableOf } from './table'

export type Access = 'read' | 'create' | 'update' | 'remove'
export type Rules = Readonly<Record<Access, readonly Terms[]>>

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
  /** Undefined for a resource of actions and reports only. */
  readonly table?: Table
  readonly operations: readonly Operation[]
  readonly softDelete: boolean
  readonly timestamps: boolean
  readonly page: { readonly default: number; readonly max: number }
  readonly batch: number
  /** The state field, if there is a state machine. */
  readonly states?: States
}

export interface TransitionInfo {
  readonly name: string
  readonly from: readonly string[]
  readonly to: string
  readonly rule: readonly Terms[]
  readonly set: Readonly<Record<string, unknown>>
}
export interface States {
  readonly field: string
  readonly initial: readonly string[]
  readonly transitions: readonly TransitionInfo[]
}

const timesCanonical = (term: unknown, field: FieldInfo | undefined): unknown => {
  if (field?.type !== 'timestamptz(3)') return term
  if (typeof term === 'string') return new Date(term).toISOString()
  if (Array.isArray(term)) return term.map((value) => timesCanonical(value, field))
  if (typeof term !== 'object' || term === null || '$user' in term) return term

  return Object.fromEntries(Object.entries(term).map(([key, value]) => [key, timesCanonical(value, field)]))
}

/** Rule literals in the form that rows have, and a removed record out of everybody's sight. */
const lowerRule = (
  rule: AnyRule | undefined,
  fields: ReadonlyMap<string, FieldInfo>,
  softDelete: boolean
): readonly Terms[] =>
  clausesOf(rule).map((clause) => ({
    ...Object.fromEntries(
      Object.entries(clause).map(([key, term]) => [key, timesCanonical(term, fields.get(key))])
    ),
    ...(softDelete ? { deleted_at: null } : {})
  }))

const statesOf = ({ spec }: AnyResource, fields: ReadonlyMap<string, FieldInfo>): States | undefined => {
  if (!spec.states) return undefined
  const field = fields.get(spec.states.field)!

  return {
    field: field.name,
    initial: spec.states.initial ?? [field.default as string],
    transitions: Object.entries(spec.states.transitions).map(([name, { from, to, access, set }]) => ({
      name,
      from: [from].flat() as string[],
      to,
      rule: lowerRule(access, fields, spec.soft_delete ?? false),
      set: (set ?? {}) as Record<string, unknown>
    }))
  }
}

const limitsOf = ({ spec: { limits = {} } }: AnyResource) => ({
  page: { default: 50, max: 100, ...limits.page },
  batch: limits.batch ?? 1000
})

/** Declaration → model. Pure. */
export const lower = (resource: AnyResource): Model => {
  const { name, spec } = resource
  const fields = new Map(fieldsOf(resource).map((field) => [field.name, field]))
  const softDelete = spec.soft_delete ?? false
  const rule = (access: Access) => lowerRule(spec.access[access], fields, softDelete && access !== 'create')
  const rules = { read: rule('read'), create: rule('create'), update: rule('update'), remove: rule('remove') }
  const hasTable = spec.table !== false

  return Object.freeze({
    name,
    path: spec.path ?? name,
    description: spec.description ?? '',
    resource,
    fields,
    visible: [...fields.values()].filter(({ hidden }) => !hidden).map((field) => field.name),
    rules,
    table: hasTable ? tableOf(resource, fields) : undefined,
    operations: operationsOf(resource, rules),
    softDelete,
    timestamps: spec.timestamps !== false,
    ...limitsOf(resource),
    states: statesOf(resource, fields)
  })
}
