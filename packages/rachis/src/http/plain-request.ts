import type { IncomingMessage } from 'http'
import { PREFIX } from '../model/prefix'
import { acceptsAny } from './accept'
import type { OperationRoute, OperationRoutes } from './route'
import { parseQueryString } from './http'

/** A request that needs no stage before its call but its route, its query and its body. */
export interface PlainRequest {
  readonly route: OperationRoute
  readonly query: Readonly<Record<string, unknown>>
  /** Without the prefix. */
  readonly path: string
}

/** Nothing to decode, to normalize or to shorten in the path, and nothing in the query that a parser of URLs would take for a fragment. */
const PLAIN_URL = new RegExp(`^${PREFIX}((?:/[\\w.~-]{1,200}){1,10})(?:\\?([\\x21\\x22\\x24-\\x7e]*))?$`)

/** A page of another origin, a method that Feathers' client names, a type that has to be chosen: all of them have stages of their own. */
const hasPlainHeaders = (request: IncomingMessage) =>
  request.headers.origin === undefined &&
  request.headers['x-service-method'] === undefined &&
  acceptsAny(request)

const parseQuery = (text: string | undefined) => {
  if (!text) return {}
  try {
    return parseQueryString(text)
  } catch {
    // The chain of all stages refuses it.
    return undefined
  }
}

/**
 * The parts of a request of which the URL and the headers say that no other stage has anything to do with it; undefined for any
 * other request, good or bad, which is left to the chain of all stages.
 */
export const plainRequest = (
  operations: OperationRoutes,
  request: IncomingMessage
): PlainRequest | undefined => {
  const [, path, search] = PLAIN_URL.exec(request.url ?? '') ?? []
  if (path === undefined || !hasPlainHeaders(request)) return undefined
  const found = operations.lookup(path)
  const operation = found?.routes.get(request.method ?? '')
  const query = operation && parseQuery(search)

  return query && { route: operations.routeTo(operation, found!.named), query, path }
}
