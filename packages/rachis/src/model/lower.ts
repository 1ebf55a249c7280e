import type { AnyResource, AnyRule, FieldInfo } from '../declare'
import { fieldsOf } from '../declare'
import type { Model, RelationInfo, States } from './model'
import type { Access, Rules } from './operation'
import type { Limits } from './operations'
import { creationOf, operationsOf } from './operations'
import type { FindResource } from './rules'
import { RuleLowering } from './rules'
import { tableOf } from './table'

type Lookup = (name: string) => Model | undefined

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
  lowering: RuleLowering
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
      rule: lowering.lower(access, spec.soft_delete ?? false),
      set: (set ?? {}) as Record<string, unknown>,
      run
    }))
  }
}

const limitsOf = ({ spec: { limits = {} } }: AnyResource): Limits => ({
  page: { default: 50, max: 100, ...limits.page },
  batch: limits.batch ?? 1000
})

const rulesOf = ({ spec }: AnyResource, lowering: RuleLowering): Rules => {
  const isHiding = (access: Access) => (spec.soft_delete ?? false) && access !== 'create'
  const rule = (access: Access) => lowering.lower(spec.access[access], isHiding(access))

  return { read: rule('read'), create: rule('create'), update: rule('update'), remove: rule('remove') }
}

const lowerWith = (resource: AnyResource, lookup: Lookup, find: FindResource): Model => {
  const { name, spec } = resource
  const fields = new Map(fieldsOf(resource).map((field) => [field.name, field]))
  const lowering = new RuleLowering(resource, find, fields)
  const rules = rulesOf(resource, lowering)
  const limits = limitsOf(resource)
  const states = statesOf(resource, fields, lowering)
  const lowered = (rule: AnyRule) => lowering.lower(rule)
  const basis = { fields, states, rules, limits, lowered }

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
    operations: operationsOf(resource, basis),
    creation: creationOf(resource, basis),
    softDelete: spec.soft_delete ?? false,
    timestamps: spec.timestamps !== false,
    ...limits,
    states,
    relation: relationOf(resource, fields, lookup),
    other: lookup
  })
}

/** Declaration → model, for one that asks nothing of others. Pure. */
export const lower = (resource: AnyResource): Model =>
  lowerWith(
    resource,
    () => undefined,
    () => undefined
  )

/** Declarations → models that know each other. Pure. */
export const lowerAll = (resources: readonly AnyResource[]): Model[] => {
  const models = new Map<string, Model>()
  const declared = new Map(resources.map((resource) => [resource.name, resource]))
  const lookup: Lookup = (name) => models.get(name)
  const find: FindResource = (name) => declared.get(name)
  for (const resource of resources) models.set(resource.name, lowerWith(resource, lookup, find))

  return [...models.values()]
}
