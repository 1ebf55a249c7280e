import { similar } from '../util/similar'
import { prefixOf, versionOfPath } from './prefix'

/** A path that is served: the segment `{id}` stands for any text. */
type Template = readonly string[]

/** Ways in which clients begin a path: `/tasks`, `/api/tasks` and `/v9/tasks` all mean `/api/v1/tasks`, where that is the present version. */
const ANY_PREFIX = /^(?:\/api)?(?:\/v\d+)?(?=\/|$)/

/** The prefix of the version that the path names; of the present one where it names none that is served. */
const prefixFor = (path: string, served: readonly number[]): string => {
  const named = versionOfPath(path)
  return prefixOf(named !== undefined && served.includes(named) ? named : Math.max(...served))
}

const segmentsOf = (path: string): Template => path.split('/').filter(Boolean)
const isParameter = (segment: string | undefined) => segment?.startsWith('{') === true

/** How a segment of the template is spelt for this path, or undefined where nothing near was written. */
const meant = (segment: string, written: string): string | undefined =>
  isParameter(segment) ? written : similar(written, [segment])

/** The template filled with what the path has in the places of its parameters. */
const filled = (template: Template, path: Template): string | undefined => {
  const segments = template.map((segment, index) => meant(segment, path[index]!))
  return segments.includes(undefined) ? undefined : segments.join('/')
}

const fixedSegments = (template: Template) => template.filter((segment) => !isParameter(segment)).length

/** `/login` is the end of `/auth/login`. */
const isEndOf = (path: Template, template: Template) =>
  path.length > 0 &&
  !isParameter(template.at(-1)) &&
  template.slice(-path.length).join('/') === path.join('/')

/**
 * Finds the path that was probably meant, in the version of the API that was written. Of several that fit, one that says more wins:
 * `/tasks/search` over `/tasks/{id}`.
 *
 * @param served the versions of the API
 * @example
 * const nearest = nearestPath(['/tasks', '/tasks/{id}/complete', '/auth/login'], [1])
 * nearest('/api/v1/taks/7/complete') // '/api/v1/tasks/7/complete'
 * nearest('/tasks') // '/api/v1/tasks'
 * nearest('/api/v1/login') // '/api/v1/auth/login'
 * nearest('/api/v1/nothing/like/it') // undefined
 */
export const nearestPath = (
  paths: readonly string[],
  served: readonly number[]
): ((path: string) => string | undefined) => {
  const templates = paths.map(segmentsOf).sort((a, b) => fixedSegments(b) - fixedSegments(a))

  return (path) => {
    const segments = segmentsOf(path.replace(ANY_PREFIX, ''))
    const alike = templates.filter(({ length }) => length === segments.length)
    const near = alike.map((template) => filled(template, segments)).find((text) => text !== undefined)
    const longer = near ?? templates.find((template) => isEndOf(segments, template))?.join('/')

    return longer === undefined || segments.length === 0 ? undefined : `${prefixFor(path, served)}/${longer}`
  }
}
