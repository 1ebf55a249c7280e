import type { IncomingMessage } from 'http'
import { takesAnyQuery } from '../model/request'
import type { Given } from '../service/call'
import type { ReadBody } from './body'
import type { PlainRequest } from './plain-request'
import { givenOf } from './rest'

/**
 * What a read is called with whose query is read when somebody asks for it: of a list that is kept nobody does. A copy by `...` has no query,
 * which is a getter of the class: V8 makes a slow object of each literal that has one.
 */
class UnreadGiven implements Given {
  readonly id: unknown
  readonly search: string

  constructor(
    private readonly plain: PlainRequest,
    readonly headers: IncomingMessage['headers']
  ) {
    this.id = plain.route.named.__id
    this.search = plain.search
  }

  get query() {
    return this.plain.query()
  }
}

/** A plain request → what its operation is called with. The query is not read where it is passed on as it came. */
export const plainGivenOf = (
  plain: PlainRequest,
  { method = '', headers }: IncomingMessage,
  { body, fault }: ReadBody
): Given => {
  const { route, search } = plain
  const isUnread = takesAnyQuery(route.operation) && body === undefined && !fault

  return isUnread
    ? new UnreadGiven(plain, headers)
    : givenOf(route, { method, headers, search, query: plain.query(), body, fault })
}
