import { ApiError } from '../errors/errors'
import type { Model } from '../model/model'
import type { Operation } from '../model/operations'
import { prefixOf, versionOfPath } from '../model/prefix'
import type { ApiVersions } from '../model/versions/api-versions'
import { notServed } from '../model/versions/api-versions'
import type { Named } from '../model/routes'
import { decoded, lookUpRoutes } from '../model/routes'

/** An operation with what its path names. */
export interface FoundOperation {
  readonly operation: Operation
  readonly named: Named
}

/**
 * Finds what a method and a path name, in the version that a batch is made in: the present one where none is said.
 *
 * @throws NO_SUCH_PATH, METHOD_NOT_ALLOWED, BAD_REQUEST
 */
export type FindOperation = (method: string, path: string, version?: number) => FoundOperation

const notIn = (message: string, hint: string) => new ApiError('METHOD_NOT_ALLOWED', { message, hint })

/**
 * A batch in a batch could hold any number of operations. Code without a transaction must not hold a connection while it runs, and a
 * batch holds one.
 */
const assertMember = ({ run, effect, transaction, resource, name, form }: Operation, own: string) => {
  if (resource === own) throw notIn('A batch cannot be part of a batch', 'Send its operations in this one')
  if (form === 'export' || form === 'import')
    throw notIn(`An ${form} cannot be part of a batch: it is a file`, 'Call it by itself')
  if (effect === 'read' || !run || transaction) return
  const message = `${resource}.${name} runs without a transaction, so it cannot be part of a batch`
  throw notIn(message, 'Call it by itself')
}

/** A path below its version, which is that of the whole batch: answers have one shape. */
const belowVersion = (path: string, versions: ApiVersions, spoken = versions.current): string => {
  const version = versionOfPath(path)
  if (version === undefined) return path
  if (!versions.served.includes(version)) throw notServed(versions)
  if (version !== spoken)
    throw new ApiError('BAD_REQUEST', {
      message: `This batch is made in version ${spoken} of the API`,
      hint: 'Send it to the version of its paths, or leave the version out of them'
    })

  return path.slice(prefixOf(version).length)
}

/** What a finder is made of. */
interface FinderParts {
  readonly models: readonly Model[]
  readonly versions: ApiVersions
  /** The name of the resource of batches. */
  readonly own: string
}

/** Finds operations by method and path, as requests of REST do. */
export const operationFinder = ({ models, versions, own }: FinderParts): FindOperation => {
  const lookUp = lookUpRoutes(models)

  return (method, path, version) => {
    if (path.includes('?'))
      throw new ApiError('BAD_REQUEST', {
        message: 'A path of a batch has no query string',
        hint: 'Send `query` beside the path, as an object'
      })
    const found = lookUp(belowVersion(path, versions, version))
    if (!found) throw new ApiError('NO_SUCH_PATH')
    const { routes, named } = found
    const operation = routes.get(method)
    if (!operation)
      throw new ApiError('METHOD_NOT_ALLOWED', { hint: `Use one of ${[...routes.keys()].join(', ')}` })
    assertMember(operation, own)

    return { operation, named: decoded(named) }
  }
}
