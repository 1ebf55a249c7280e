import type { AnyResource, AnySpec } from '../any-resource'
import { CRUD, namedOperations } from './shared/operations'
import type { Problem } from './shared/problem'
import { instead, problem, repeated, shown } from './shared/problem'

export const namesOf = (spec: AnySpec): string[] => [...CRUD, 'restore', 'history', ...namedOperations(spec)]

/** A name that is wrong would leave to API keys what was to be kept from them. */
export const interactiveOnly = (resource: AnyResource): Problem[] => {
  const { interactive_only: kept } = resource.spec
  if (kept === undefined || (kept as unknown) === true) return []
  if (!Array.isArray(kept))
    return [
      problem(
        resource,
        'interactive_only',
        `interactive_only is ${shown(kept)}`,
        'write true, or name operations'
      )
    ]
  const known = namesOf(resource.spec)
  const unknown = (kept as unknown[]).filter((name) => !known.includes(name as string))

  return [
    ...unknown.map(
      (name) =>
      problem(resource, 'interactive_only', `interactive_only names ${shown(name)}, which is not an operation`, instead(String(name), known)) // prettier-ignore
    ),
    ...repeated(kept as string[]).map((name) =>
      problem(resource, 'interactive_only', `interactive_only names ${name} twice`, `name ${name} once`)
    )
  ]
}
