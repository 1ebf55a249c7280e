import type { IncomingMessage } from 'http'
import type { Operation } from '../model/operation'
import { answersBytes, RECORD_TYPES } from '../model/operation'
import { prefixOf } from '../model/prefix'
import { acceptsAny } from './accept'
import type { OperationRoute, OperationRoutes } from './route'
import { parseQueryString } from './http'

/** A request that needs no stage before its call but its route, its query and its body. */
export interface PlainRequest {
  readonly route: OperationRoute
  readonly query: Readonly<Record<string, unknown>>
  /** The text of the query. */
  readonly search: string
  /** Without the prefix. */
  readonly path: string
}

/** Nothing to decode, to normalize or to shorten in the path, and nothing in the query that a parser of URLs would take for a fragment. */
const plainUrl = (version: number) =>
  new RegExp(`^${prefixOf(version)}((?:/[\\w.~-]{1,200}){1,10})(?:\\?([\\x21\\x22\\x24-\\x7e]*))?$`)

const FILE = new RegExp(`^\\s*(${RECORD_TYPES.join('|')})\\b`, 'i')
/** Whether the body is a file of records. */
const hasFile = ({ headers }: IncomingMessage): boolean => FILE.test(headers['content-type'] ?? '')

/** An export is no answer in one piece, and an import no body in one. */
const STREAMED: readonly unknown[] = ['export', 'import']
const isStreamed = (operation: Operation) => STREAMED.includes(operation.form) || answersBytes(operation)

/** A page of another origin, a method that Feathers' client names, a type that has to be chosen: all of them have stages of their own. */
const hasPlainHeaders = (request: IncomingMessage) =>
  request.headers.origin === undefined &&
  request.headers['x-service-method'] === undefined &&
  !request.headers['content-type']?.includes('vnd.rachis') &&
  !hasFile(request) &&
  acceptsAny(request)

const parseQuery = (text: string) => {
  if (text === '') return {}
  try {
    return parseQueryString(text)
  } catch {
    // The chain of all stages refuses it.
    return undefined
  }
}

/**
 * Reads the parts of a request of which the URL and the headers say that no other stage has anything to do with it; undefined for any
 * other request, good or bad, which is left to the chain of all stages.
 *
 * @param version the present one: older ones have stages of their own
 */
export const plainRequests = (operations: OperationRoutes, version: number) => {
  const url = plainUrl(version)

  return (request: IncomingMessage): PlainRequest | undefined => {
    const [, path, search = ''] = url.exec(request.url ?? '') ?? []
    if (path === undefined || !hasPlainHeaders(request)) return undefined
    const found = operations.lookup(path)
    const operation = found?.routes.get(request.method ?? '')
    const query = operation && !isStreamed(operation) ? parseQuery(search) : undefined

    return query && { route: operations.routeTo(operation!, found!.named), query, search, path }
  }
}
