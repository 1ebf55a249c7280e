import type { GetListParams } from 'ra-core'
import type { AnyService, Row } from './client'

/** The cursors of the pages that were seen, by what was asked: the one of page n is at n - 1. */
const seen = new Map<string, (string | undefined)[]>()
/** Lists whose cursors are remembered. */
const LISTS = 50

const remember = (key: string, page: number, cursor: string | null | undefined) => {
  if (!cursor) return
  const cursors = seen.get(key) ?? ['']
  cursors[page] = cursor
  seen.delete(key)
  seen.set(key, cursors)
  if (seen.size > LISTS) seen.delete(seen.keys().next().value!)
}

/** What a filter of the page asks: `q` is the search, every other name a field with a value or with operators. */
const conditionsOf = ({ q, ...fields }: Record<string, unknown>) => ({
  ...fields,
  ...(q ? { $search: q } : {})
})

/** What a search finds is sorted by how well it fits, which is no place that a cursor could name. */
const sortOf = ({ sort, filter }: GetListParams): object =>
  sort && !(sort.field === 'id' && filter?.q)
    ? { $sort: { [sort.field]: sort.order === 'DESC' ? -1 : 1 } }
    : {}

interface Answer {
  readonly data: Row[]
  readonly total?: number
  readonly next_cursor?: string | null
}

interface Listed {
  readonly path: string
  readonly most: number
}

const byOffset = async (service: AnyService, query: object, page: number, limit: number) => {
  const answer = (await service.find({
    query: { ...query, $limit: limit, $skip: (page - 1) * limit }
  })) as Answer
  const { data, total = 0 } = answer

  return { data, total, pageInfo: { hasNextPage: page * limit < total, hasPreviousPage: page > 1 } }
}

const isStale = (error: unknown) => (error as { code?: unknown }).code === 'INVALID_CURSOR'

/**
 * One page of a list: by the cursor of the page before it where that was seen, so that a page costs the same however deep it is; else by
 * its number.
 *
 * @param listed the path of the resource, and how many records one page may have
 */
export const listPage = async (service: AnyService, { path, most }: Listed, params: GetListParams) => {
  const { page = 1, perPage = 25 } = params.pagination ?? {}
  const limit = Math.min(perPage, most)
  const query = { ...conditionsOf((params.filter ?? {}) as Record<string, unknown>), ...sortOf(params), $count: 'estimated' } // prettier-ignore
  const key = JSON.stringify([path, query, limit])
  const cursor = '$sort' in query ? (seen.get(key) ?? [''])[page - 1] : undefined
  if (cursor === undefined) return byOffset(service, query, page, limit)
  try {
    const answer = (await service.find({ query: { ...query, $limit: limit, $cursor: cursor } })) as Answer
    remember(key, page, answer.next_cursor)

    return {
      data: answer.data,
      ...(answer.total === undefined ? {} : { total: answer.total }),
      pageInfo: { hasNextPage: Boolean(answer.next_cursor), hasPreviousPage: page > 1 }
    }
  } catch (error) {
    if (!isStale(error)) throw error
    seen.delete(key)
    return byOffset(service, query, page, limit)
  }
}
