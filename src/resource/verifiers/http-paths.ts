import type { TSchema } from '@feathersjs/typebox'
import type { AnyResource } from '../define-resource'
import type { Finding, Problem } from './shared/problem'
import { instead, problem } from './shared/problem'

const WORD = /^[a-z0-9][a-z0-9_-]*$/
const PARAMETER = /^\{([a-z][a-z0-9_]*)\}$/

const segmentFinding = (segment: string, input: TSchema | undefined): Finding | undefined => {
  const parameter = PARAMETER.exec(segment)?.[1]
  const properties = Object.keys((input?.properties as object | undefined) ?? {})
  if (parameter && !properties.includes(parameter)) {
    return {
      what: `names {${parameter}}, which its input does not have`,
      mend: instead(parameter, properties)
    }
  }
  if (parameter || (WORD.test(segment) && !(segment in Object.prototype))) return undefined

  return {
    what: `has the part '${segment}'`,
    mend: "write words between slashes, such as 'health/stock-check', with no slash around them"
  }
}

const pathProblems = (
  resource: AnyResource,
  at: string,
  path: string | undefined,
  input: TSchema | undefined
): Problem[] =>
  (path?.split('/') ?? []).flatMap((segment) => {
    const finding = segmentFinding(segment, input)
    return finding
      ? [problem(resource, `${at}.http.path`, `the path ${path} of ${at} ${finding.what}`, finding.mend)]
      : []
  })

/** The path of an action or a report is put behind the resource's own, and its parameters go into the input. */
export const httpPaths = (resource: AnyResource): Problem[] => {
  const { actions = {}, reports = {} } = resource.spec

  return [
    ...Object.entries(actions).flatMap(([name, { http, input }]) =>
      pathProblems(resource, `actions.${name}`, http?.path, input)
    ),
    ...Object.entries(reports).flatMap(([name, { http, input }]) =>
      pathProblems(resource, `reports.${name}`, http?.path, input)
    )
  ]
}
