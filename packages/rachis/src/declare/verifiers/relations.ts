import type { AnyResource, DeclaredRelation } from '../any-resource'
import type { FieldInfo } from '../field-info'
import { fieldsOf } from '../field-info'
import type { Context, Finding, Problem } from './shared/problem'
import { instead, problem } from './shared/problem'

const found = (what: string, hint: string): Finding => ({ what, hint })

const referencesOf = (fields: Iterable<FieldInfo>, resource?: string): string[] =>
  [...fields]
    .filter(
      ({ references, hidden }) =>
        references && !hidden && (resource === undefined || references.resource === resource)
    )
    .map(({ name }) => name)

const oneFinding = (name: string, one: string, { fields }: Context): Finding | undefined => {
  const known = referencesOf(fields.values())
  if (!fields.has(one)) return found(`${name} follows ${one}, which is not a field`, instead(one, known))
  if (fields.get(one)!.references) return undefined

  return found(
    `${name} follows ${one}, which refers to no resource`,
    `write ${one}: belongsTo('…'), or ${instead(one, known)}`
  )
}

const manyFinding = (
  name: string,
  many: string,
  by: string | undefined,
  resource: AnyResource,
  { byName }: Context
): Finding | undefined => {
  const target = byName.get(many)
  if (!target)
    return found(`${name} looks for ${many}, which is not a resource`, instead(many, byName.keys()))
  const known = referencesOf(fieldsOf(target), resource.name)
  if (by !== undefined && known.includes(by)) return undefined

  return found(
    `${name} finds ${many} by ${by ?? 'nothing'}, which is not a field of ${many} that refers to ${resource.name}`,
    known.length > 0
      ? instead(by ?? '', known)
      : `write ${by ?? `${resource.name}_id`}: belongsTo('${resource.name}') in ${many}`
  )
}

const throughFinding = (
  name: string,
  { through, by, to }: DeclaredRelation,
  resource: AnyResource,
  context: Context
): Finding | undefined => {
  const wrong = manyFinding(name, through!, by, resource, context)
  if (wrong) return wrong
  const join = context.byName.get(through!)!
  const known = referencesOf(fieldsOf(join)).filter((field) => field !== by)
  if (to !== undefined && known.includes(to)) return undefined

  return found(
    `${name} leads through ${through} to ${to ?? 'nothing'}, which is not a field of ${through} that refers to a resource`,
    known.length > 0 ? instead(to ?? '', known) : `write ${to ?? 'tag_id'}: belongsTo('…') in ${through}`
  )
}

const relationFinding = (
  name: string,
  relation: DeclaredRelation,
  resource: AnyResource,
  context: Context
): Finding | undefined => {
  const { one, many, through, by } = relation
  if (context.fields.has(name))
    return found(`${name} is a relation and a field`, `choose another name for the relation ${name}`)
  if (one !== undefined) return oneFinding(name, one, context)
  if (many !== undefined) return manyFinding(name, many, by, resource, context)

  if (through !== undefined) return throughFinding(name, relation, resource, context)

  return found(
    `${name} says neither one nor many`,
    `write ${name}: { one: 'field' } or ${name}: { many: 'resource', by: 'field' }`
  )
}

/** A relation follows a foreign key, from the one end or from the other. */
export const relations = (resource: AnyResource, context: Context): Problem[] =>
  Object.entries(resource.spec.relations ?? {}).flatMap(([name, relation]) => {
    const finding = relationFinding(name, relation, resource, context)
    return finding ? [problem(resource, `relations.${name}`, finding.what, finding.hint)] : []
  })
