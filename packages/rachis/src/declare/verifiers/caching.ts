import type { AnyResource } from '../any-resource'
import type { Problem } from './shared/problem'
import { problem, shown } from './shared/problem'

/** A year: RFC 9111 asks nobody to know longer times. */
const MAX_AGE = 31_536_000
/** A day: reports may ask for the time, of which no change tells. */
const MAX_SERVER = 86_400

const MOST = { public: MAX_AGE, private: MAX_AGE, server: MAX_SERVER } as const
type Part = keyof typeof MOST

const isSeconds = (value: unknown, most: number) =>
  Number.isSafeInteger(value) && (value as number) > 0 && (value as number) <= most

const problemsOfServer = (resource: AnyResource): Problem[] => {
  const { cache, source, hooks } = resource.spec
  if (cache?.server === undefined) return []
  const at = (what: string) => problem(resource, 'cache.server', what, 'leave cache.server out')

  return [
    ...(source === undefined
      ? []
      : [at(`its records are read from ${source}, whose changes are not recorded, so that the server cannot tell when an answer is old`)]), // prettier-ignore
    ...(hooks === undefined ? [] : [at('it has hooks, which may answer each caller in another way')])
  ]
}

/** Times that can be kept, and a cache of the server only where changes and callers tell what may be in it. */
export const caching = (resource: AnyResource): Problem[] => {
  const { cache } = resource.spec
  if (cache === undefined) return []
  const wrong = (Object.keys(MOST) as Part[]).filter(
    (part) => cache[part] !== undefined && !isSeconds(cache[part], MOST[part])
  )

  return [
    ...wrong.map(
      (part) =>
      problem(resource, `cache.${part}`, `cache.${part} is ${shown(cache[part])}`, `write seconds, from 1 to ${MOST[part]}`) // prettier-ignore
    ),
    ...problemsOfServer(resource)
  ]
}
