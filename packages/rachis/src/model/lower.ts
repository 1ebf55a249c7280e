import type { AnyFieldAccess, AnyResource, AnyRule, FieldInfo } from '../declare'
import { checkOf, declaredMemberships, fieldsOf, recordOf } from '../declare'
import type { DeclaredRelation } from '../declare/any-resource'
import type { Predicate } from '../declare/predicate'
import { deepFreeze } from '../util/deep-freeze'
import { eventsOf } from './events'
import type { Model, Relation, States } from './model'
import { linkModels } from './models'
import { NamedMap } from './named-map'
import type { Access, FieldRules, Rules } from './operation'
import type { Limits } from './operations'
import { creationOf, operationsOf } from './operations'
import type { FindResource } from './rules'
import { RuleLowering } from './rules'
import { searchPartsOf } from './search-parts'
import { tableOf } from './table'
import { versionSteps } from './versions/steps'

/** Many to many: both ends are found by their ids in the join resource. */
const throughOf = (name: string, { through = '', by = '', to = '' }: DeclaredRelation, find: FindResource): Relation[] => {
  const join = find(through)
  const target = join && fieldsOf(join).find((field) => field.name === to)?.references?.resource
  if (target === undefined) return []

  return [{ name, kind: 'many', column: 'id', by: 'id', target, through: { resource: through, by, to } }]
} // prettier-ignore

const relationsOf = (
  { spec }: AnyResource,
  fields: ReadonlyMap<string, FieldInfo>,
  find: FindResource
): Relation[] =>
  Object.entries(spec.relations ?? {}).flatMap(([name, relation]): Relation[] => {
    const { one, many, by = 'id' } = relation
    if (relation.through !== undefined) return throughOf(name, relation, find)
    const target = many ?? fields.get(one ?? '')?.references?.resource
    if (target === undefined) return []

    return one === undefined
      ? [{ name, kind: 'many', column: 'id', by, target }]
      : [{ name, kind: 'one', column: one, by: 'id', target }]
  })

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

/**
 * Fields with the same rule share one predicate, so that what is made from it is made once. A rule of a field does not ask whether the
 * record is removed: the rule of the record does.
 */
const fieldRulesOf = ({ spec }: AnyResource, lowering: RuleLowering): Model['fieldRules'] => {
  const shared = new Map<string, Predicate>()
  const lowered = (rule: AnyRule = true): Predicate => {
    const predicate = lowering.lower(rule)
    const key = JSON.stringify(predicate)
    if (!shared.has(key)) shared.set(key, predicate)

    return shared.get(key)!
  }
  const rulesOfField = ([name, { read, write } = {}]: [string, AnyFieldAccess?]): [string, FieldRules] => [
    name,
    { name, read: lowered(read), write: lowered(write) }
  ]

  return new NamedMap(Object.entries(spec.access.fields ?? {}).map(rulesOfField))
}

/** What is kept of a resource, for how long, what users have of it, and what it was in older versions. */
const keepingOf = (
  { spec }: AnyResource,
  lowering: RuleLowering
): Pick<Model, 'members' | 'audited' | 'retention' | 'versions'> => ({
  ...(spec.versions ? { versions: versionSteps(spec.versions) } : {}),
  members: declaredMemberships(spec.members).map(({ where, ...member }) => ({
    ...member,
    where: lowering.lower(where, spec.soft_delete ?? false)
  })),
  audited: spec.audited,
  retention: spec.retention && { after: 'created_at', ...spec.retention }
})

/** Beside the data: what lists or prints the properties of a model does not meet the code of its hooks. */
const withHooks = (model: Model, { spec: { hooks } }: AnyResource): Model =>
  Object.defineProperty(model, 'hooks', { value: hooks })

const lowerWith = (resource: AnyResource, find: FindResource): Model => {
  const { name, spec } = resource
  const fields = new NamedMap(fieldsOf(resource).map((field) => [field.name, field]))
  const lowering = new RuleLowering(resource, find, fields)
  const rules = rulesOf(resource, lowering)
  const limits = limitsOf(resource)
  const states = statesOf(resource, fields, lowering)
  const lowered = (rule: AnyRule) => lowering.lower(rule)
  const basis = { fields, states, rules, limits, lowered }

  const record = recordOf(resource)
  const table = spec.table === false || spec.source ? undefined : tableOf(resource, fields)
  const operations = operationsOf(resource, basis)
  const model: Model = {
    name,
    path: spec.path ?? name,
    description: spec.description ?? '',
    fields,
    visible: [...fields.values()].filter(({ hidden }) => !hidden).map((field) => field.name),
    record,
    rules,
    fieldRules: fieldRulesOf(resource, lowering),
    relations: relationsOf(resource, fields, find),
    checks: Object.values(spec.checks ?? {}).map(checkOf),
    search: spec.search ?? [],
    searchParts: searchPartsOf(spec.search ?? [], fields),
    ...keepingOf(resource, lowering),
    table,
    source: spec.table === false ? undefined : (spec.source ?? name),
    operations,
    events: table ? eventsOf({ resource: name, record, operations }) : [],
    creation: creationOf(resource, basis),
    softDelete: spec.soft_delete ?? false,
    timestamps: spec.timestamps !== false,
    versioned: Boolean(spec.versioned),
    ...limits,
    states
  }

  return deepFreeze(withHooks(model, resource))
}

/** Declaration → model, for one that asks nothing of others. Pure. */
export const lower = (resource: AnyResource): Model => lowerWith(resource, () => undefined)

/** Declarations → models that know each other. Pure. */
export const lowerAll = (resources: readonly AnyResource[]): Model[] => {
  const declared = new Map(resources.map((resource) => [resource.name, resource]))
  const find: FindResource = (name) => declared.get(name)
  const models = new Map(resources.map((resource) => [resource.name, lowerWith(resource, find)]))
  linkModels(models)

  return [...models.values()]
}
