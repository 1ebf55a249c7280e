import type { Model } from '../../model/model'
import type { ListAddress, ReadPage } from '../../model/pages'
import { linkHeader, listAddress, pageFormOf } from '../../model/pages'
import type { CallContext, Hook } from './context'

/** A report that is a list under another path has its own address. It is for this list alone, not for calls that hooks make with these parameters. */
const takeAddress = (context: CallContext, model: Model): ListAddress => {
  const { listedAt, ...params } = context.params
  if (listedAt === undefined) return { path: model.path, query: params.query ?? {}, version: params.version }
  context.params = params

  return { version: params.version, ...listedAt }
}

/** The header `Link`, for whoever reads headers: sockets have none, and the server itself needs none. */
const setLinks = (context: CallContext, header: string | undefined) => {
  if (header === undefined || !context.http) return
  context.http = { ...context.http, headers: { ...context.http.headers, Link: header } }
}

/** Answers a page of records in the form that the query asks for, with the addresses of other pages where the form has them. */
export const paginate =
  (model: Model): Hook =>
  async (context, next) => {
    // As the client wrote it: the hooks behind this one rewrite the query.
    const form = pageFormOf(context.params.query ?? {})
    const address = takeAddress(context, model)
    await next()
    const { paging: { page } = {}, provider } = context.params
    const { result } = context
    if (!result || Array.isArray(result)) return
    const addressOf = (changed: object) => listAddress(address, changed)
    const read = result as ReadPage
    context.result = form.answer(read, { page, addressOf })
    if (provider === 'rest') setLinks(context, linkHeader(form.links(read, { page }), addressOf))
  }
