import type { TProperties } from '@feathersjs/typebox'
import type { ServiceTypes } from '../declarations'
import { pagePath } from '../hooks/project'
import type { ReportContext } from '../resource'
import { Type } from '../resource'

const either = (description: string) =>
  Type.Optional(
    Type.Unsafe<unknown>({
      anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }],
      description
    })
  )

/** What the document says of a list's parameters. A list takes more: both spellings, and filters by every field. */
const LIST_PROPERTIES = {
  sort: Type.Optional(Type.String({ description: 'Fields to sort by, such as `-created_at`.' })),
  fields: either('Fields to answer, with commas.'),
  include: either('Relations to answer along, with commas.'),
  limit: Type.Optional(Type.Integer({ minimum: 0 })),
  skip: Type.Optional(Type.Integer({ minimum: 0 })),
  page: Type.Optional(Type.Integer({ minimum: 1 })),
  page_size: Type.Optional(Type.Integer({ minimum: 1 }))
}

/**
 * The input of a report that is a list under another path: it takes whatever the list takes. The list itself reads the query, and
 * refuses what it does not know.
 */
export const listInput = <T extends TProperties>(properties: T) =>
  Type.Object({ ...LIST_PROPERTIES, ...properties }, { additionalProperties: true })

const whole = Type.Integer({ minimum: 0 })
const address = Type.Union([Type.String(), Type.Null()])
const records = Type.Array(Type.Record(Type.String(), Type.Unknown()))

export const LIST_OUTPUT = Type.Union([
  Type.Object({ total: whole, limit: whole, skip: whole, data: records }),
  Type.Object({ count: whole, next: address, previous: address, results: records })
])

interface Found {
  find(params: object): Promise<unknown>
}

interface Listing {
  /** The list's own path. */
  readonly list: keyof ServiceTypes
  /** The path that it was asked under, to which the links of its pages lead. */
  readonly at: string
  /** The parameters as the caller sent them, without those that are in the path. */
  readonly asked: object
  /** What the report asks for besides. */
  readonly only?: object
}
type Paged = { next?: string | null; previous?: string | null }

const relinked = (answer: Paged, { at, asked }: Listing): Paged => {
  const { page = 1 } = asked as { page?: number }
  const link = (path: string | null | undefined, number: number) =>
    typeof path === 'string' ? pagePath(at, asked, number) : path

  return 'next' in answer
    ? { ...answer, next: link(answer.next, page + 1), previous: link(answer.previous, page - 1) }
    : answer
}

/**
 * What the caller would be answered to this query of the resource's own list, with links to the report's own pages.
 *
 * @example list({ list: 'orders', at: 'orders/my-orders', asked: { page: 1 }, only: { user_id: 7 } }, context)
 * // { count: 3, next: '/api/v1/orders/my-orders?page=2', previous: null, results: […] }
 */
export const list = async (
  listing: Listing,
  { app, asCaller }: Pick<ReportContext, 'app' | 'asCaller'>
): Promise<unknown> => {
  const { list: path, asked, only } = listing
  const { $and, ...query } = asked as { $and?: unknown }
  const terms = [...(only ? [only] : []), ...($and === undefined ? [] : [{ $and }])]
  const service = app.service(path) as unknown as Found
  const answer = await service.find({
    ...asCaller,
    query: { ...query, ...(terms.length > 0 ? { $and: terms } : {}) }
  })

  return relinked(answer as Paged, listing)
}
