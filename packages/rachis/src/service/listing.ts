import type { ServiceTypes } from '../declare/declarations'
import { serviceAt } from '../declare/service-at'
import type { ListAddress } from '../model/pages'
import type { ReportContext } from '../declare'

interface ListedRow {
  find(params: object): Promise<unknown>
}

interface Listing {
  /** The list's own path. */
  readonly list: keyof ServiceTypes
  /** The path that it was asked under, to which the links of its pages lead. */
  readonly at: string
  /** The parameters as the caller sent them, without those that are in the path. */
  readonly asked: object
  /** What the list is asked, where that is not what the caller sent. */
  readonly query?: object
  /** What the report asks for besides. */
  readonly only?: object
}

/**
 * What the caller would be answered to this query of the resource's own list, with links to the report's own pages.
 *
 * @example list({ list: 'notes', at: 'notes/my-notes', asked: { page: 1 }, only: { user_id: 7 } }, context)
 * // { count: 3, next: '/api/v1/notes/my-notes?page=2', previous: null, results: […] }
 */
export const list = async (
  listing: Listing,
  { app, asCaller }: Pick<ReportContext, 'app' | 'asCaller'>
): Promise<unknown> => {
  const { list: path, at, asked, only } = listing
  const listedAt: ListAddress = { path: at, query: asked }
  const { $and, ...query } = (listing.query ?? asked) as { $and?: unknown }
  const terms = [...(only ? [only] : []), ...($and === undefined ? [] : [{ $and }])]
  const service = serviceAt<ListedRow>(app, path)

  return service.find({
    ...asCaller,
    listedAt,
    query: { ...query, ...(terms.length > 0 ? { $and: terms } : {}) }
  })
}
