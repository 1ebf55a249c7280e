import type { ActionContext, ResourceName } from '../resource'
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
const path = Type.Union([Type.String(), Type.Null()])
const records = Type.Array(Type.Record(Type.String(), Type.Unknown()))

export const LIST_OUTPUT = Type.Union([
  Type.Object({ total: whole, limit: whole, skip: whole, data: records }),
  Type.Object({ count: whole, next: path, previous: path, results: records })
])

interface Found {
  find(params: object): Promise<unknown>
}

/** The records that the caller would be answered to this query of the resource's own list. */
export const list = (
  resource: ResourceName,
  query: object,
  { app, asCaller }: Pick<ActionContext<unknown>, 'app' | 'asCaller'>
): Promise<unknown> => (app.service(resource) as unknown as Found).find({ ...asCaller, query })
