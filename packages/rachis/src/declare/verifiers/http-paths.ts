import type { TSchema } from '@feathersjs/typebox'
import type { AnyResource } from '../any-resource'
import type { Finding, Problem } from './shared/problem'
import { instead, problem } from './shared/problem'

const WORD = /^[a-z0-9][a-z0-9_-]*$/
const PARAMETER = /^\{([a-z][a-z0-9_]*)\}$/

const parameterFinding = (name: string, input: TSchema | undefined): Finding | undefined => {
  const properties = Object.keys((input?.properties as object | undefined) ?? {})
  if (name === 'id')
    return { what: 'names {id}, which is the id of a record', hint: 'give the parameter {id} another name' }

  return properties.includes(name)
    ? undefined
    : { what: `names {${name}}, which its input does not have`, hint: instead(name, properties) }
}

const segmentFinding = (segment: string, input: TSchema | undefined): Finding | undefined => {
  const parameter = PARAMETER.exec(segment)?.[1]
  if (parameter && input) return parameterFinding(parameter, input)
  if (WORD.test(segment) && !(segment in Object.prototype)) return undefined

  return {
    what: `has the part '${segment}'`,
    hint: "write words between slashes, such as 'health/stock-check', with no slash around them"
  }
}

const pathProblems = (
  resource: AnyResource,
  at: string,
  path: string | undefined,
  input?: TSchema
): Problem[] =>
  (path?.split('/') ?? []).flatMap((segment) => {
    const finding = segmentFinding(segment, input)
    return finding
      ? [problem(resource, `${at}.http.path`, `the path ${path} of ${at} ${finding.what}`, finding.hint)]
      : []
  })

/** The path of a step, an action or a report is put behind the resource's own; what a report's path names goes into its input. */
export const httpPaths = (resource: AnyResource): Problem[] => {
  const { actions = {}, reports = {}, states: { transitions = {} } = {} } = resource.spec

  return [
    ...Object.entries(transitions).flatMap(([name, { http }]) =>
      pathProblems(resource, `states.transitions.${name}`, http?.path)
    ),
    ...Object.entries(actions).flatMap(([name, { http }]) =>
      pathProblems(resource, `actions.${name}`, http?.path)
    ),
    ...Object.entries(reports).flatMap(([name, { http, input }]) =>
      pathProblems(resource, `reports.${name}`, http?.path, input)
    )
  ]
}
