import { ApiError } from '../../errors/errors'
import { isObject } from '../../util/is-object'

/** The catalogue's hint names lists, which a creation alone takes. */
const ONE = { hint: 'Send one object, in no list: {"name":"value"}' }

/**
 * That the data of a call is an object.
 *
 * @param takesLists whether the operation takes a list as well
 * @throws MALFORMED_BODY
 * @example assertObject([]) // MALFORMED_BODY, with a hint that names no list
 */
export function assertObject(data: unknown, takesLists = false): asserts data is Record<string, unknown> {
  if (isObject(data)) return
  throw new ApiError('MALFORMED_BODY', { message: 'Send a JSON object', ...(takesLists ? {} : ONE) })
}
