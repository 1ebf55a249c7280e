import type { AnyResource } from '../any-resource'
import { fieldsOf } from '../field-info'
import type { Context, Finding, Problem } from './shared/problem'
import { instead, problem, USERS } from './shared/problem'
import { OF_SESSIONS } from './shared/user-properties'

const found = (what: string, hint: string): Finding => ({ what, hint })

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

  return field.hidden
    ? found(`${column}, which the feed does not record`, `take writeOnly(…) off ${column}`)
    : undefined
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

/** Rules of access rely on memberships: whom a record belongs to is said by a column that refers to users, under a name of its own. */
export const members = (resource: AnyResource, context: Context): Problem[] =>
  Object.entries(resource.spec.members ?? {}).flatMap(([property, column]) => {
    const name = propertyFinding(property, resource, context)
    const by = columnFinding(column, context)
    const at = (verb: string, { what, hint }: Finding) =>
      problem(resource, `members.${property}`, `members ${verb} ${what}`, hint)

    return [...(name ? [at('gives users', name)] : []), ...(by ? [at('asks for', by)] : [])]
  })
