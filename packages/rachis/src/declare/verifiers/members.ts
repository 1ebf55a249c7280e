import type { AnyResource } from '../any-resource'
import { typeInfo } from '../column-types'
import type { FieldInfo } from '../field-info'
import { fieldsOf } from '../field-info'
import type { DeclaredMembership } from '../memberships'
import { declaredMemberships } from '../memberships'
import type { Context, Finding, Problem } from './shared/problem'
import { instead, problem, USERS } from './shared/problem'
import { ruleProblems } from './shared/rule'
import { OF_SESSIONS } from './shared/user-properties'

const found = (what: string, hint: string): Finding => ({ what, hint })

const notRecorded = (column: string) =>
  found(`${column}, which the feed does not record`, `take writeOnly(…) off ${column}`)

const columnFinding = (column: string, { fields }: Context): Finding | undefined => {
  const known = [...fields.values()].filter(({ references }) => references?.resource === USERS)
  const field = fields.get(column)
  if (!field)
    return found(`${column}, which is not a field`, instead(column, known.map(({ name }) => name))) // prettier-ignore
  if (!known.includes(field))
    return found(
      `${column}, which refers to no user: whoever has the same number would belong to it`,
      `write ${column}: belongsTo('${USERS}')`
    )

  return field.hidden ? notRecorded(column) : undefined
}

/** Ids, texts and whole numbers name something. A list of times or amounts names nothing, and has more than one spelling. */
const isNaming = ({ type }: FieldInfo): boolean => {
  const { isText, range, id } = typeInfo(type)
  return isText === true || range !== undefined || id !== undefined
}

const valueFinding = ({ by, value }: DeclaredMembership, { fields }: Context): Finding | undefined => {
  const field = fields.get(value)
  if (!field) return found(`${value}, which is not a field`, instead(value, fields.keys()))
  if (value === by)
    return found(`${value}, which is the user`, 'write the column of what they are a member of')
  if (field.hidden) return notRecorded(value)

  return isNaming(field)
    ? undefined
    : found(`${value}, a ${field.type}`, 'write a reference, or a column of texts or whole numbers')
}

/** A property that users have already would be replaced: their role, or their id, by a list of records. */
const propertyFinding = (
  property: string,
  resource: AnyResource,
  { byName }: Context
): Finding | undefined => {
  const users = byName.get(USERS)
  const owned = [...(users ? fieldsOf(users).map(({ name }) => name) : []), ...OF_SESSIONS]
  const hint = `choose another name than ${property}`
  if (owned.includes(property)) return found(`${property}, which every user has already`, hint)
  const first = [...byName.values()].find(({ spec }) => Object.hasOwn(spec.members ?? {}, property))
  if (first && first.name !== resource.name) return found(`${property}, as ${first.name} does`, hint)

  return /^[a-z][a-z0-9_]*$/.test(property) && !(property in Object.prototype)
    ? undefined
    : found(`${property}, which is not a name in snake_case`, "write a name such as 'team_ids'")
}

const isShort = ({ spec }: AnyResource, property: string) => typeof spec.members?.[property] === 'string'

/** Rules of access rely on memberships: whom a record belongs to is said by a column that refers to users, under a name of its own. */
export const members = (resource: AnyResource, context: Context): Problem[] =>
  declaredMemberships(resource.spec.members).flatMap((membership) => {
    const { property, by, where } = membership
    const path = `members.${property}`
    const at = (place: string, verb: string, finding: Finding | undefined) =>
      finding ? [problem(resource, place, `members ${verb} ${finding.what}`, finding.hint)] : []

    return [
      ...at(path, 'gives users', propertyFinding(property, resource, context)),
      ...at(isShort(resource, property) ? path : `${path}.by`, 'asks for', columnFinding(by, context)),
      ...at(`${path}.value`, 'lists', valueFinding(membership, context)),
      ...ruleProblems(resource, context, { path: `${path}.where`, of: 'membership' }, where)
    ]
  })
