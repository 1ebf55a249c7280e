import type { TSchema } from '@feathersjs/typebox'
import type { Finding, Problem } from '../../declare/verifiers/shared/problem'
import { instead, problem } from '../../declare/verifiers/shared/problem'
import type { Model } from '../model'
import type { Operation } from '../operation'

const WORD = /^[a-z0-9][a-z0-9_-]*$/
const PARAMETER = /^\{([a-z][a-z0-9_]*)\}$/

const parameterFinding = (name: string, { properties = {} }: TSchema): Finding | undefined => {
  if (name === 'id')
    return { what: 'names {id}, which is the id of a record', hint: 'give the parameter {id} another name' }

  return Object.hasOwn(properties as object, name)
    ? undefined
    : {
        what: `names {${name}}, which its input does not have`,
        hint: instead(name, Object.keys(properties as object))
      }
}

const segmentFinding = (segment: string, { effect, input }: Operation): Finding | undefined => {
  const parameter = PARAMETER.exec(segment)?.[1]
  if (parameter && effect === 'read') return parameterFinding(parameter, input)
  if (WORD.test(segment) && !(segment in Object.prototype)) return undefined

  return {
    what: `has the part '${segment}'`,
    hint: "write words between slashes, such as 'health/stock-check', with no slash around them"
  }
}

/** What stands behind the path of the resource and, where it is called on a record, the id. */
const ownPath = ({ path }: Model, { target, http }: Operation) =>
  http.path.slice(`/${path}/${target === 'record' ? '{id}/' : ''}`.length)

/**
 * The path of a step, an action or a report is put behind the resource's own; what a report's path names goes into its input. A path that
 * follows from the name is checked as a name.
 */
export const httpPaths = (model: Model): Problem[] =>
  model.operations.flatMap((operation) => {
    const { name, declaredAt } = operation
    const path = ownPath(model, operation)
    // An empty path is the resource's own address.
    if (declaredAt === undefined || path === name || path === '') return []

    return path.split('/').flatMap((segment) => {
      const finding = segmentFinding(segment, operation)
      if (!finding) return []
      const what = `the path ${path} of ${declaredAt} ${finding.what}`

      return [problem(model, `${declaredAt}.http.path`, what, finding.hint)]
    })
  })
