import type { RequestLine } from '../rules/streamed-route'
import { withoutSlashes } from '../util/trim'

const PATH = /^uploads(?:\/([0-9a-f-]{36}))?$/

/** The id of the upload that a path names. */
export const idOf = ({ path }: Pick<RequestLine, 'path'>): string | undefined =>
  PATH.exec(withoutSlashes(path))?.[1]

/** What nothing but tus answers at these paths, so that a client which has forgotten the header is told so. */
const isOnlyTus = (line: RequestLine): boolean =>
  line.method === 'OPTIONS' || (line.method === 'PATCH' && idOf(line) !== undefined)

/** Of tus, and not of the resource `uploads`, which has the same paths. */
export const isTus = (line: RequestLine): boolean =>
  (line.headers['tus-resumable'] !== undefined || isOnlyTus(line)) && PATH.test(withoutSlashes(line.path))
