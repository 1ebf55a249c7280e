import { isWithinBounds } from '../../query/query-bounds'
import { ApiError } from '../../errors/errors'
import type { Hook } from './context'

/**
 * Refuses a query that came over a socket and would have had no room in a URL, before anything is read of it. A query of REST was
 * bounded when its text was read, and the server's own calls may ask for more.
 *
 * @param bytes characters of the query's keys and values together
 */
export const boundQuery =
  (bytes: number): Hook =>
  async ({ params: { provider, query } }, next) => {
    if (
      provider === 'socketio' &&
      typeof query === 'object' &&
      query !== null &&
      !isWithinBounds(query, bytes)
    )
      throw new ApiError('BAD_QUERY', {
        message: 'The query is too long, has too many parameters or nests too deep'
      })

    return next()
  }
