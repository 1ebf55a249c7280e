import type { Model } from '../../model/model'
import type { Operation } from '../../model/operations'
import type { AnswerCache, CacheRequest, LoadedAnswer } from '../answer-cache'
import { readParts, readResources } from '../cached-reads'
import { carriedSelection } from '../call-selection'
import type { Selection } from '../../sql/order-by'
import type { CallContext, Hook } from './context'

/** The resources that an answer was made from; undefined for what code of the declaration has read. */
const resourcesOf = (model: Model, { method, params }: CallContext): string[] | undefined => {
  const { access, query, include, grouping } = params
  if (!grouping && method !== 'find' && method !== 'get') return undefined
  const selection: Selection | undefined = grouping ? { where: grouping.where } : carriedSelection(query)

  return access && selection && readResources(model, { ...readParts(access, selection), include })
}

const loadedFrom = (model: Model, context: CallContext): LoadedAnswer => ({
  text: JSON.stringify(context.result),
  link: context.http?.headers?.Link as string | undefined,
  resources: resourcesOf(model, context)
})

/** Sockets have no headers. */
const setHeader = (context: CallContext, name: string, value: string | undefined) => {
  if (value === undefined || context.params.provider !== 'rest' || !context.http) return
  context.http = { ...context.http, headers: { ...context.http.headers, [name]: value } }
}

const answerFrom = async (
  context: CallContext,
  { cache, request }: { readonly cache: AnswerCache; readonly request: CacheRequest },
  load: () => Promise<LoadedAnswer>
) => {
  const { text, link, isKept, status } = await cache.serve(request, load)
  if (isKept) {
    context.result = JSON.parse(text)
    setHeader(context, 'Link', link)
  }
  setHeader(context, 'Cache-Status', status)
}

/**
 * Answers a read of somebody without credentials as it was answered before, where nothing has changed since. The request to do so is for
 * the client's own call, and not for calls that are made with its parameters.
 *
 * @param hasOtherHooks whether hooks run behind the pipeline, which could answer each caller in another way
 * @returns undefined where the operation does not declare it
 */
export const cached = (
  model: Model,
  operation: Operation | undefined,
  hasOtherHooks: () => boolean
): Hook | undefined => {
  if (operation?.cache?.server === undefined) return undefined

  return async (context, next) => {
    const { cacheRequest: request, ...params } = context.params
    context.params = params
    const cache = context.app.get('answerCache')
    if (!cache || !request || params.user || params.transaction || hasOtherHooks()) return next()
    await answerFrom(context, { cache, request }, async () => {
      await next()
      return loadedFrom(model, context)
    })
  }
}
