import type { Finding, Problem } from '../../declare/verifiers/shared/problem'
import { problem } from '../../declare/verifiers/shared/problem'
import { inheritedFinding } from '../../declare/verifiers/shared/name'
import type { Model } from '../model'

const PATH = /^[a-z][a-z0-9_-]*(\/[a-z][a-z0-9_-]*)*$/
/** Paths that the engine serves beside the resources. */
const PATHS = ['docs', 'events', 'events/poll', 'health']

const pathFinding = (path: string, served: readonly string[]): Finding | undefined => {
  if (PATHS.includes(path))
    return {
      what: `the path ${path} is served by the engine itself`,
      hint: `choose another path than ${path}`
    }
  if (served.includes(path))
    return { what: `the path ${path} is served by a module`, hint: `choose another path than ${path}` }
  if (PATH.test(path)) return path.split('/').map(inheritedFinding).find(Boolean)

  return {
    what: `the path ${path} has other than lower-case words between slashes`,
    hint: "write it like 'meeting-notes' or 'office/notes'"
  }
}

/**
 * The path of a resource begins its URLs and is the name of its service on sockets.
 *
 * @param served paths that modules serve besides their declarations
 */
export const resourcePath = (model: Model, served: readonly string[]): Problem[] => {
  const finding = pathFinding(model.path, served)
  return finding ? [problem(model, 'path', finding.what, finding.hint)] : []
}
