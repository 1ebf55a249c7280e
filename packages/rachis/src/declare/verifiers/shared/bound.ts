import type { AnyResource } from '../../any-resource'
import { userRef } from '../../clauses'
import { kindOf } from '../../column-types'
import type { FieldInfo } from '../../field-info'
import { fieldsOf } from '../../field-info'
import { declaredMemberships } from '../../memberships'
import type { Context, Finding } from './problem'
import { USERS } from './problem'

/** A column whose values a property of the user is, or lists. */
interface Source {
  readonly resource: AnyResource
  readonly field: FieldInfo
}

const sourceIn = (resource: AnyResource | undefined, column: string): Source | undefined => {
  const field = resource && fieldsOf(resource).find(({ name }) => name === column)
  return field && { resource, field }
}

const sourceOf = (property: string, { byName }: Context): Source | undefined => {
  if (property === 'id') return sourceIn(byName.get(USERS), 'id')
  const listing = [...byName.values()].find(({ spec }) => Object.hasOwn(spec.members ?? {}, property))
  const membership = declaredMemberships(listing?.spec.members).find((one) => one.property === property)

  return membership && sourceIn(listing, membership.value)
}

/** The resource whose ids a column holds. */
const targetOf = ({ name }: AnyResource, field: FieldInfo): string | undefined =>
  field.name === 'id' ? name : field.references?.resource

/** Ids of one resource are numbers as those of another are: a rule that compares them would hold by chance. */
export const boundFinding = (
  resource: AnyResource,
  field: FieldInfo,
  term: unknown,
  context: Context
): Finding | undefined => {
  const property = userRef(term)
  const source = property === undefined ? undefined : sourceOf(property, context)
  if (!source) return undefined
  const [target, known] = [targetOf(resource, field), targetOf(source.resource, source.field)]
  const hint = known
    ? `compare $user.${property} with a column that refers to ${known}`
    : `compare $user.${property} with a ${source.field.type}`
  if (target !== undefined && known !== undefined && target !== known)
    return { what: `compares ${field.name}, an id of ${target}, with $user.${property}, of ${known}`, hint }
  const { type } = source.field

  return kindOf(source.field) === kindOf(field)
    ? undefined
    : { what: `compares ${field.name}, a ${field.type}, with $user.${property}, a ${type}`, hint }
}
