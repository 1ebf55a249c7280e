import type { AnyResource } from '../any-resource'
import type { Problem } from './shared/problem'
import { problem, repeated, shown } from './shared/problem'

/** The form of the list; whether its names are reads is asked of the model. */
export const signedLinks = (resource: AnyResource): Problem[] => {
  const { signed_links: named } = resource.spec
  if (named === undefined) return []
  if (!Array.isArray(named))
    return [
      problem(resource, 'signed_links', `signed_links is ${shown(named)}`, "write signed_links: ['get']")
    ]

  return repeated(named as string[]).map((name) =>
    problem(resource, 'signed_links', `signed_links names ${name} twice`, `name ${name} once`)
  )
}
