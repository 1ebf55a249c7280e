import type { Problem } from '../../declare/verifiers/shared/problem'
import { problem } from '../../declare/verifiers/shared/problem'
import { collisions } from '../../declare/verifiers/shared/collisions'
import { formsOf } from '../forms'
import type { Model } from '../model'
import type { Operation } from '../operation'

const httpOf = ({ http: { method, path } }: Operation) => `${method} ${path}`
/** Parameters of other names stand in the same place. */
const endpointOf = (operation: Operation) => httpOf(operation).replace(/\{[^}]*\}/g, '{}')

/** Two operations of one name in one resource are a matter of their names. */
const isOther = ([a, b]: [Operation, Operation]) => a.resource !== b.resource || a.name !== b.name

/** One path and one method of HTTP lead to one operation, further forms of operations included. */
export const uniqueEndpoints = (models: readonly Model[]): Problem[] => {
  const operations = models.flatMap((model) => model.operations)
  const offered = operations.flatMap((operation) => [operation, ...formsOf(operation)])

  return collisions(offered, endpointOf)
    .filter(isOther)
    .map(([operation, first]) => {
      const { resource, name, declaredAt = 'path' } = operation
      const what = `${name} answers ${httpOf(operation)}, which ${first.name} of ${first.resource} answers already`

      return problem({ name: resource }, declaredAt, what, `write another http.path or name for ${name}`)
    })
}
