import type { AnyResource } from '../any-resource'
import type { Problem } from './shared/problem'
import { problem, repeated, shown } from './shared/problem'

/** The form of the list; whether its names are operations is asked of the model. */
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

  return repeated(kept as string[]).map((name) =>
    problem(resource, 'interactive_only', `interactive_only names ${name} twice`, `name ${name} once`)
  )
}
