import type { Answered, Call } from '../calls'
import { RachisError } from '../errors'
import type { Loaded } from './fold'
import type { Asked } from './asked'
import { idOf } from './row'
import type { Row } from './row'

/** The most records that a list without `$limit` may have. */
export const MOST = 10_000
/** More than a page has anywhere: the server cuts it to what it gives, and says so. */
const ALL = 1000

interface Page {
  readonly data: readonly Row[]
  readonly total: number
  readonly limit: number
}
type Found = Pick<Loaded, 'rows' | 'total' | 'isSorted' | 'position'>
type Send = (call: Call) => Promise<Answered>

const tooMany = (total: number) =>
  new RachisError('TOO_MANY_RECORDS', 0, {
    message: `The list has ${total} records; a live list holds at most ${MOST}`,
    hint: 'Narrow it down by a filter, or give $limit'
  })

/** Pages in order of ids: pages by number would shift when a record goes. */
const nextPage = (filter: object, last: Row | undefined) => ({
  ...(last ? { $and: [filter, { id: { $gt: idOf(last) } }] } : filter),
  $sort: { id: 1 },
  $limit: ALL
})

const findEvery = async ({ path, filter, sort }: Asked, send: Send): Promise<Found> => {
  const sorted = await send({ path, method: 'find', query: { ...filter, $sort: sort, $limit: ALL } })
  const { data: page, total: count } = sorted.result as Page
  if (page.length >= count) return { rows: page, total: count, isSorted: true, position: sorted.position }
  const rows: Row[] = []
  let first: Answered | undefined
  for (;;) {
    const answer = await send({ path, method: 'find', query: nextPage(filter, rows.at(-1)) })
    const { data, total, limit } = answer.result as Page
    if (total > MOST) throw tooMany(total)
    first ??= answer
    rows.push(...data)
    // The list is true where its first page is, and all that changed since is told.
    if (data.length < limit) return { rows, total: rows.length, isSorted: false, position: first.position }
  }
}

const findFirst = async ({ path, filter, sort }: Asked, limit: number, send: Send): Promise<Found> => {
  const rows: Row[] = []
  let first: Answered | undefined
  for (;;) {
    const query = { ...filter, $sort: sort, $limit: limit - rows.length, $skip: rows.length }
    const answer = await send({ path, method: 'find', query })
    const { data, total } = answer.result as Page
    first ??= answer
    rows.push(...data)
    if (data.length === 0 || rows.length >= Math.min(limit, total))
      return { rows, total, isSorted: true, position: first.position }
  }
}

/** All records that a list shows, page by page. @throws {RachisError} what the server answers, or TOO_MANY_RECORDS */
export const findAll = (asked: Asked, send: Send): Promise<Found> =>
  asked.limit === undefined ? findEvery(asked, send) : findFirst(asked, asked.limit, send)
