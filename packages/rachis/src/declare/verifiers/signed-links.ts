import type { AnyResource } from '../any-resource'
import type { Context, Problem } from './shared/problem'
import { instead, isObject, problem, repeated, shown } from './shared/problem'

/** What a link says of itself: a parameter of this name would be taken for it. */
const OF_LINKS = ['user', 'expires', 'signature']

const readsOf = ({ spec: { access, audited, reports = {} } }: AnyResource): string[] => [
  ...(access.read === undefined ? [] : ['find', 'get', ...(audited ? ['history'] : [])]),
  ...Object.keys(reports)
]

/** A link reads and never writes. */
export const signedLinks = (resource: AnyResource, { fields }: Context): Problem[] => {
  const { signed_links: named, reports = {} } = resource.spec
  if (named === undefined) return []
  if (!Array.isArray(named))
    return [
      problem(resource, 'signed_links', `signed_links is ${shown(named)}`, "write signed_links: ['get']")
    ]
  const known = readsOf(resource)
  const parameters = (name: string) =>
    name === 'find' ? [...fields.keys()] : Object.keys((isObject(reports[name]) && reports[name].input.properties) || {}) // prettier-ignore
  const at = (what: string, hint: string) => problem(resource, 'signed_links', what, hint)

  return [
    ...named.filter((name) => !known.includes(name)).map((name) => at(`signed_links names ${shown(name)}, which is not a read`, instead(String(name), known))), // prettier-ignore
    ...repeated(named as string[]).map((name) => at(`signed_links names ${name} twice`, `name ${name} once`)),
    ...(named as string[]).flatMap(
      (name) =>
      parameters(name)
        .filter((parameter) => OF_LINKS.includes(parameter))
        .map((parameter) => at(`${name} has a parameter ${parameter}, which a link has as well`, `call it something else, or take ${name} out of links`)) // prettier-ignore
    )
  ]
}
