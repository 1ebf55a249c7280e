import type { IncomingMessage } from 'http'
import type { Operation } from '../model/operation'
import { answersBytes, RECORD_TYPES } from '../model/operation'
import { prefixOf } from '../model/prefix'
import { grownCache } from '../util/grown-cache'
import { acceptsAny } from './accept'
import type { OperationRoute, OperationRoutes } from './route'
import { parseQueryString } from './http'

type Query = Readonly<Record<string, unknown>>

/** A request that needs no stage before its call but its route, its query and its body. */
export interface PlainRequest {
  readonly route: OperationRoute
  /** The query, which is read when somebody asks for it first; the same object each time. */
  readonly query: () => Query
  /** The query, of all requests with this text: to be looked at only. */
  readonly sharedQuery: Query
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
  try {
    return parseQueryString(text)
  } catch {
    // The chain of all stages refuses it.
    return undefined
  }
}

/** Texts of queries that are remembered at most, and the characters of one: what is kept by such a text elsewhere is as short. */
const REMEMBERED = { most: 1000, longest: 500 }

type ReadQuery = Pick<PlainRequest, 'query' | 'sharedQuery'>

const alreadyRead = (query: Query): ReadQuery => ({ query: () => query, sharedQuery: query })

/**
 * Reads queries. A text that was read before is no query to be refused, and is read again only where somebody asks for it: of a list whose
 * statement is kept by that text nobody does. What is shared is read apart from what a call may change.
 */
const queryReader = () => {
  const known = grownCache<{ shared?: Query }>(REMEMBERED.most)

  return (text: string): ReadQuery | undefined => {
    if (text === '') return alreadyRead({})
    const before = known.get(text)
    if (!before) {
      const query = parseQuery(text)
      if (query && text.length <= REMEMBERED.longest) known.set(text, {})

      return query && alreadyRead(query)
    }
    let query: Query | undefined
    before.shared ??= Object.freeze(parseQueryString(text))

    return { query: () => (query ??= parseQueryString(text)), sharedQuery: before.shared }
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
  const readQuery = queryReader()

  return (request: IncomingMessage): PlainRequest | undefined => {
    const [, path, search = ''] = url.exec(request.url ?? '') ?? []
    if (path === undefined || !hasPlainHeaders(request)) return undefined
    const found = operations.lookup(path)
    const operation = found?.routes.get(request.method ?? '')
    const query = operation && !isStreamed(operation) ? readQuery(search) : undefined

    return query && { route: operations.routeTo(operation!, found!.named), ...query, search, path }
  }
}
