import { decoded } from '../model/routes'
import type { RequestLine } from '../rules/streamed-route'
import { withoutSlashes } from '../util/trim'

/** Any segment is an id: nothing has one that is no UUID, and that is for the call to say. */
const PATH = /^uploads(?:\/([^/]+))?$/

const segmentOf = ({ path }: Pick<RequestLine, 'path'>): string | undefined =>
  PATH.exec(withoutSlashes(path))?.[1]

/**
 * The id of the upload that a path names, in small letters as it is kept: its claims and parts are found by it.
 *
 * @throws BAD_REQUEST for a path that cannot be decoded
 */
export const idOf = (line: Pick<RequestLine, 'path'>): string | undefined => {
  const segment = segmentOf(line)
  return segment === undefined ? undefined : decoded({ id: segment }).id!.toLowerCase()
}

/** What nothing but tus answers at these paths, so that a client which has forgotten the header is told so. */
const isOnlyTus = (line: RequestLine): boolean =>
  line.method === 'OPTIONS' || (line.method === 'PATCH' && segmentOf(line) !== undefined)

/** Of tus, and not of the resource `uploads`, which has the same paths. */
export const isTus = (line: RequestLine): boolean =>
  (line.headers['tus-resumable'] !== undefined || isOnlyTus(line)) && PATH.test(withoutSlashes(line.path))
