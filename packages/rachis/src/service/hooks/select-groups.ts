import type { Model } from '../../model/model'
import type { Operation } from '../../model/operations'
import { readerOf, server } from '../../query/query'
import { parseAggregate } from '../../query/query-aggregate'
import { assertObject } from './assert-object'
import { readAnswerQuery } from './answer-query'
import { assertWithinBounds } from './bound-query'
import type { Hook } from './context'
import { isExternal } from './context'

/** Reads what is asked of groups, and which records are meant. Calls of the server itself may ask for every visible column. */
export const selectGroups =
  (model: Model, operation: Operation): Hook =>
  async (context, next) => {
    const isAsked = isExternal(context)
    if (isAsked) readAnswerQuery(model, operation, context)
    const data = context.data ?? {}
    assertObject(data)
    assertWithinBounds(data, context.app.get('http').max_header_size)
    const grouping = parseAggregate(model, data, isAsked ? readerOf(context.params.user ?? null) : server)
    const listedAt = { path: `${model.path}/${operation.name}`, query: data }
    context.params = { ...context.params, query: {}, grouping, paging: grouping, listedAt }

    return next()
  }
