import { fieldsOf } from '../../field-info'
import { onceFor } from '../../../util/once-for'
import type { Context, Finding } from './problem'
import { instead, USERS } from './problem'

/** What a session says of a user, besides their columns. */
export const OF_SESSIONS = ['session_id', 'mfa', 'scopes', 'impersonator_id']

/** All that rules can ask of a user: columns that leave the server, lists of memberships, and what the session says. Every rule of every declaration asks for it. */
const propertiesOf = onceFor((byName: Context['byName']): readonly string[] => {
  const columns = fieldsOf(byName.get(USERS)!).filter(({ hidden }) => !hidden)
  const memberships = [...byName.values()].flatMap(({ spec }) => Object.keys(spec.members ?? {}))

  return [...columns.map(({ name }) => name), ...memberships, ...OF_SESSIONS]
})

/** A property that no user has is undefined for everybody: the rule would let nobody in. */
export const propertyFinding = (property: string | undefined, context: Context): Finding | undefined => {
  if (property === undefined || !context.byName.has(USERS)) return undefined
  const known = propertiesOf(context.byName)

  return known.includes(property)
    ? undefined
    : { what: `asks for $user.${property}, which users do not have`, hint: instead(property, known) }
}
