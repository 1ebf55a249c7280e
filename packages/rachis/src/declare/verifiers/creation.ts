import type { AnyResource } from '../any-resource'
import { clausesOf, userRef } from '../clauses'
import type { FieldInfo } from '../field-info'
import type { Context, Problem } from './shared/problem'
import { problem } from './shared/problem'

const isGiven = ({ writable, nullable, default: value, computed, owner }: FieldInfo) =>
  writable !== 'never' || nullable || value !== undefined || computed !== undefined || owner

/** A rule that asks nothing of the user lets in callers who are not signed in, and they own nothing. */
const isOpen = ({ spec }: AnyResource) =>
  clausesOf(spec.access.create).some((clause) => !('$user' in clause) && !Object.values(clause).some(userRef))

/** What a client may create has a value for every field, though they may not write them all. Code of one's own may fill them in. */
export const creation = (resource: AnyResource, { fields }: Context): Problem[] => {
  const { spec } = resource
  if (!spec.access.create || spec.create || spec.hooks) return []
  const declared = Object.keys(spec.fields).map((name) => fields.get(name)!)
  const at = ({ name }: FieldInfo, what: string, hint: string) =>
    problem(resource, `fields.${name}`, `${name} ${what}`, hint)

  return [
    ...declared
      .filter((field) => !isGiven(field))
      .map((field) =>
        at(
          field,
          'is set by the server only, may not be null and has no default, so nothing could be created',
          `write nullable(…) or withDefault(…) around ${field.name}, or create: { input, run }`
        )
      ),
    ...declared
      .filter(({ owner, nullable }) => owner && !nullable && isOpen(resource))
      .map((field) =>
        at(
          field,
          'is the owner, and access.create lets in who is not signed in',
          `write create: authenticated, or nullable(…) around ${field.name}`
        )
      )
  ]
}
