import { isWithinBounds } from '../../query/query-bounds'
import { ApiError } from '../../errors/errors'
import { beforehand } from './phased'
import type { Hook } from './context'

/** @throws BAD_QUERY for a query that would have no room in a URL of so many characters */
export const assertWithinBounds = (query: unknown, bytes: number): void => {
  if (typeof query !== 'object' || query === null || isWithinBounds(query, bytes)) return
  throw new ApiError('BAD_QUERY', {
    message: 'The query is too long, has too many parameters or nests too deep'
  })
}

/**
 * Refuses a query that came over a socket or in a document of GraphQL and would have had no room in a URL, before anything is read of
 * it. A query of REST was bounded when its text was read, and the server's own calls may ask for more.
 *
 * @param bytes characters of the query's keys and values together
 */
export const boundQuery = (bytes: number): Hook =>
  beforehand(({ params: { provider, query } }) => {
    if (provider !== undefined && provider !== 'rest') assertWithinBounds(query, bytes)
  })
