import type { IncomingMessage } from 'http'
import { takesAnyQuery } from '../model/request'
import type { Given } from '../service/call'
import type { ReadBody } from './body'
import type { PlainRequest } from './plain-request'
import type { RestCall } from './rest'
import { givenOf } from './rest'
import type { OperationRoute } from './route'

/** A request whose query is read when somebody asks for it. That is a getter of the class: V8 makes a slow object of each literal that has one. */
export class UnreadCall implements RestCall {
  readonly method: string
  readonly headers: RestCall['headers']
  readonly search: string
  readonly body: unknown
  readonly fault: RestCall['fault']
  private readonly read: () => RestCall['query']

  constructor(
    { method = '', headers }: IncomingMessage,
    { query, search }: Pick<PlainRequest, 'query' | 'search'>,
    { body, fault }: ReadBody
  ) {
    this.method = method
    this.headers = headers
    this.search = search
    this.body = body
    this.fault = fault
    this.read = query
  }

  get query() {
    return this.read()
  }
}

/** The same of what a read is called with: of a list that is kept nobody asks for it. A copy by `...` has no query. */
class UnreadGiven implements Given {
  readonly search: string
  readonly headers: RestCall['headers']

  constructor(
    readonly id: unknown,
    private readonly request: UnreadCall
  ) {
    this.search = request.search
    this.headers = request.headers
  }

  get query() {
    return this.request.query
  }
}

/** A request for an operation → what the operation is called with, with a query that is not read where it is passed on as it came. */
export const unreadGivenOf = (route: OperationRoute, request: UnreadCall): Given =>
  takesAnyQuery(route.operation) && request.body === undefined && !request.fault
    ? new UnreadGiven(route.named.__id, request)
    : givenOf(route, request)
