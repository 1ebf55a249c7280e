import type { AnyResource } from '../any-resource'
import type { Problem } from './shared/problem'
import { problem } from './shared/problem'

/** `restore` comes with the rule of remove; where there is none, one written by hand would look for removed records in vain. */
export const softDelete = (resource: AnyResource): Problem[] => {
  const { soft_delete, access, actions = {}, states } = resource.spec
  if (!soft_delete || access.remove !== undefined) return []
  const declared = { actions, 'states.transitions': states?.transitions ?? {} }

  return Object.entries(declared)
    .filter(([, names]) => Object.hasOwn(names, 'restore'))
    .map(([path]) =>
      problem(
        resource,
        `${path}.restore`,
        'restore is written by hand, and nothing can be removed',
        `write access.remove and leave ${path}.restore out`
      )
    )
}
