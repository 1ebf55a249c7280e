import type { AnyResource, AnyRule, FieldInfo, Terms } from '../declare'
import { clausesOf, fieldsOf, isParentTerm } from '../declare'
import type { Model, RelationInfo, States } from './model'
import type { Access, Rules } from './operation'
import type { Limits } from './operations'
import { creationOf, operationsOf } from './operations'
import { tableOf } from './table'

type Lookup = (name: string) => Model | undefined

const timesCanonical = (term: unknown, field: FieldInfo | undefined): unknown => {
  if (field?.type !== 'timestamptz(3)') return term
  if (typeof term === 'string') return new Date(term).toISOString()
  if (Array.isArray(term)) return term.map((value) => timesCanonical(value, field))
  if (typeof term !== 'object' || term === null || '$user' in term) return term

  return Object.fromEntries(Object.entries(term).map(([key, value]) => [key, timesCanonical(value, field)]))
}

/** `{ $parent: true }` names nobody; the lowered term knows the parent, by a function, since parents may be lowered later. */
const lowerTerm = (term: unknown, field: FieldInfo | undefined, lookup: Lookup): unknown =>
  isParentTerm(term) ? { $parent: () => lookup(field!.references!.resource)! } : timesCanonical(term, field)

/** Rule literals in the form that rows have, and a removed record out of everybody's sight. */
const lowerRule = (
  rule: AnyRule | undefined,
  fields: ReadonlyMap<string, FieldInfo>,
  softDelete: boolean,
  lookup: Lookup
): readonly Terms[] =>
  clausesOf(rule).map((clause) => ({
    ...Object.fromEntries(
      Object.entries(clause).map(([key, term]) => [key, lowerTerm(term, fields.get(key), lookup)])
    ),
    ...(softDelete ? { deleted_at: null } : {})
  }))

const relationOf =
  ({ spec }: AnyResource, fields: ReadonlyMap<string, FieldInfo>, lookup: Lookup) =>
  (name: string): RelationInfo | undefined => {
    const declared = spec.relations?.[name]
    const other = declared?.many ?? fields.get(declared?.one ?? '')?.references?.resource
    const target = other === undefined ? undefined : lookup(other)
    if (!declared || !target) return undefined

    return declared.one === undefined
      ? { name, kind: 'many', column: 'id', by: declared.by!, target }
      : { name, kind: 'one', column: declared.one, by: 'id', target }
  }

const statesOf = (
  { spec }: AnyResource,
  fields: ReadonlyMap<string, FieldInfo>,
  lookup: Lookup
): States | undefined => {
  if (!spec.states) return undefined
  const field = fields.get(spec.states.field)!

  return {
    field: field.name,
    initial: spec.states.initial ?? [field.default as string],
    transitions: Object.entries(spec.states.transitions).map(([name, { from, to, access, set, run }]) => ({
      name,
      from: [from].flat() as string[],
      to,
      rule: lowerRule(access, fields, spec.soft_delete ?? false, lookup),
      set: (set ?? {}) as Record<string, unknown>,
      run
    }))
  }
}

const limitsOf = ({ spec: { limits = {} } }: AnyResource): Limits => ({
  page: { default: 50, max: 100, ...limits.page },
  batch: limits.batch ?? 1000
})

const rulesOf = ({ spec }: AnyResource, fields: ReadonlyMap<string, FieldInfo>, lookup: Lookup): Rules => {
  const isHiding = (access: Access) => (spec.soft_delete ?? false) && access !== 'create'
  const rule = (access: Access) => lowerRule(spec.access[access], fields, isHiding(access), lookup)

  return { read: rule('read'), create: rule('create'), update: rule('update'), remove: rule('remove') }
}

const lowerWith = (resource: AnyResource, lookup: Lookup): Model => {
  const { name, spec } = resource
  const fields = new Map(fieldsOf(resource).map((field) => [field.name, field]))
  const rules = rulesOf(resource, fields, lookup)
  const limits = limitsOf(resource)

  return Object.freeze({
    name,
    path: spec.path ?? name,
    description: spec.description ?? '',
    resource,
    fields,
    visible: [...fields.values()].filter(({ hidden }) => !hidden).map((field) => field.name),
    rules,
    table: spec.table === false || spec.source ? undefined : tableOf(resource, fields),
    source: spec.table === false ? undefined : (spec.source ?? name),
    operations: operationsOf(resource, rules, limits, (rule) => lowerRule(rule, fields, false, lookup)),
    creation: creationOf(resource, rules, limits),
    softDelete: spec.soft_delete ?? false,
    timestamps: spec.timestamps !== false,
    ...limits,
    states: statesOf(resource, fields, lookup),
    relation: relationOf(resource, fields, lookup),
    other: lookup
  })
}

/** Declaration → model, for one that asks nothing of others. Pure. */
export const lower = (resource: AnyResource): Model => lowerWith(resource, () => undefined)

/** Declarations → models that know each other. Pure. */
export const lowerAll = (resources: readonly AnyResource[]): Model[] => {
  const models = new Map<string, Model>()
  for (const resource of resources)
    models.set(
      resource.name,
      lowerWith(resource, (name) => models.get(name))
    )

  return [...models.values()]
}
