import type { ServiceTypes } from '../declarations'
import type { ReportContext } from '../resource'
import { Type } from '../resource'

/** Parameters of a list, for a report that is a list under another path. What they may say is the list's own business. */
export const LIST_INPUT = {
  sort: Type.Optional(Type.String({ description: 'Fields to sort by, such as `-created_at`.' })),
  fields: Type.Optional(Type.String({ description: 'Fields to answer, with commas.' })),
  include: Type.Optional(Type.String({ description: 'Relations to answer along, with commas.' })),
  limit: Type.Optional(Type.Integer({ minimum: 0 })),
  skip: Type.Optional(Type.Integer({ minimum: 0 })),
  page: Type.Optional(Type.Integer({ minimum: 1 })),
  page_size: Type.Optional(Type.Integer({ minimum: 1 }))
}

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

/** What the caller would be answered to this query of the resource's own list. */
export const list = (
  path: keyof ServiceTypes,
  query: object,
  { app, asCaller }: Pick<ReportContext, 'app' | 'asCaller'>
): Promise<unknown> => (app.service(path) as unknown as Found).find({ ...asCaller, query })
