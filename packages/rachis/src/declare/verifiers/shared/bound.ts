import type { AnyResource } from '../../any-resource'
import { userRef } from '../../clauses'
import { BIGINT, kindOf } from '../../column-types'
import type { FieldInfo } from '../../field-info'
import type { Context, Finding } from './problem'
import { USERS } from './problem'

/** The resource whose ids a property of the user is, or lists. */
const resourceOf = (property: string, { byName }: Context): AnyResource | undefined =>
  property === 'id'
    ? byName.get(USERS)
    : [...byName.values()].find(({ spec }) => Object.hasOwn(spec.members ?? {}, property))

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
  const known = property === undefined ? undefined : resourceOf(property, context)
  if (!known) return undefined
  const target = targetOf(resource, field)
  const hint = `compare $user.${property} with a column that refers to ${known.name}`
  if (target !== undefined && target !== known.name)
    return {
      what: `compares ${field.name}, an id of ${target}, with $user.${property}, of ${known.name}`,
      hint
    }
  const type = known.spec.id ?? BIGINT.name

  return kindOf({ type }) === kindOf(field)
    ? undefined
    : { what: `compares ${field.name}, a ${field.type}, with $user.${property}, a ${type}`, hint }
}
