import type { AnyResource } from '../any-resource'
import { typeInfo } from '../column-types'
import type { FieldInfo } from '../field-info'
import type { Context, Finding, Problem } from './shared/problem'
import { problem, USERS } from './shared/problem'

const found = (what: string, hint: string): Finding => ({ what, hint })

const ownerFinding = ({ name, references, type, writable }: FieldInfo): Finding | undefined => {
  const hint = `write ${name}: owner('${USERS}')`
  if (!references) return found(`${name} is the owner and refers to no resource`, hint)
  if (references.resource !== USERS)
    return found(
      `${name} is the owner and refers to ${references.resource}: those who sign in are ${USERS}`,
      hint
    )
  if (!typeInfo(type).id) return found(`${name} is the owner and a ${type}, which no id is`, hint)

  return writable === 'never' ? undefined : found(`${name} is the owner and clients may write it`, hint)
}

/** The owner is set to the caller at creation: one column, of a user's id, that nobody writes. */
export const owner = (resource: AnyResource, { fields }: Context): Problem[] => {
  const owners = [...fields.values()].filter((field) => field.owner)
  const [first, ...others] = owners
  const findings = owners.map((field) => ({ field, finding: ownerFinding(field) }))

  return [
    ...others.map(({ name }) =>
      problem(
        resource,
        `fields.${name}`,
        `${name} is the owner, and so is ${first!.name}`,
        `write ${name}: belongsTo('${USERS}')`
      )
    ),
    ...findings.flatMap(({ field, finding }) =>
      finding ? [problem(resource, `fields.${field.name}`, finding.what, finding.hint)] : []
    )
  ]
}
