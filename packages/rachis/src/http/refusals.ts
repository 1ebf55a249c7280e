import type { IncomingMessage, ServerResponse } from 'http'
import { ApiError } from '../errors/errors'
import { isServed } from '../util/hosts'
import { refuse } from '../util/refusal'

const hostsOf = ({ rawHeaders }: IncomingMessage) =>
  rawHeaders.filter((name, index) => index % 2 === 0 && name.toLowerCase() === 'host').length

/**
 * Refuses a request of HTTP/1.1 without exactly one `Host` (RFC 9112, section 3.2). Of two, Node takes the first and a proxy in
 * front may take the second: each would serve another site.
 *
 * @returns whether the request may go on
 */
export const checkHost = (request: IncomingMessage, response: ServerResponse): boolean => {
  const hosts = hostsOf(request)
  const isOld = request.httpVersionMajor === 1 && request.httpVersionMinor === 0
  if (hosts === 1 || (isOld && hosts === 0)) return true
  const message = hosts === 0 ? 'The request has no Host header' : 'The request has more than one Host header'
  refuse(response, new ApiError('BAD_REQUEST', { message }))

  return false
}

const HEALTH = /^\/health(\/ready)?$/

/**
 * Refuses requests to other hosts than those that are served: links and caches that are made of another `Host` would lead elsewhere.
 * Whoever asks for health calls by address.
 *
 * @returns whether the request may go on
 */
export const checkServed = (
  hosts: readonly string[],
  request: IncomingMessage,
  response: ServerResponse
): boolean => {
  if (isServed(hosts, request.headers) || HEALTH.test(request.url ?? '')) return true
  refuse(response, new ApiError('MISDIRECTED'))

  return false
}

/** `Expect: 100-continue` is met by Node; any other expectation is refused (RFC 9110, section 10.1.1). */
export const refuseExpectation = (_request: IncomingMessage, response: ServerResponse): void =>
  refuse(response, new ApiError('EXPECTATION_FAILED'))
