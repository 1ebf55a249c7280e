import { Readable } from 'stream'
import { pipeline } from 'stream/promises'
import type { Context, Middleware } from 'koa'
import { exportOf } from '../model/forms'
import type { Operation, RecordType } from '../model/operation'
import { isRecordType } from '../model/operation'
import type { ExportAnswer, ExportRecords } from '../service/call'
import { codingFor, packer } from './compression'
import { setRates } from './rates'
import { givenOf } from './rest'
import { routeOf } from './route'

const FILES: Readonly<Record<RecordType, { readonly ending: string; readonly type: string }>> = {
  // RFC 4180 and RFC 7111.
  'text/csv': { ending: 'csv', type: 'text/csv; charset=utf-8; header=present' },
  'application/x-ndjson': { ending: 'ndjson', type: 'application/x-ndjson; charset=utf-8' }
}

/** What came by it is stored nowhere: it has no validator, by which a cache could ask whether it still holds. */
const headersOf = ({ resource }: Operation, type: RecordType, { headers }: ExportAnswer) => ({
  'Content-Type': FILES[type].type,
  'Content-Disposition': `attachment; filename="${resource}.${FILES[type].ending}"`,
  'Cache-Control': 'no-store',
  ...headers
})

/**
 * Sends records as fast as the client takes them. Where they end before the last one, so does the connection: the client's library
 * reports an answer that is not complete, since its last chunk is missing (RFC 9112, section 8).
 */
const send = async (ctx: Context, { texts }: ExportAnswer, threshold: number): Promise<void> => {
  const coding = threshold === 0 ? undefined : codingFor(ctx.req)
  if (coding) ctx.set('Content-Encoding', coding)
  ctx.respond = false
  ctx.status = 200
  if (ctx.method === 'HEAD') return void ctx.res.end()
  const source = Readable.from(texts, { objectMode: false })
  const packing = coding ? [packer(coding)] : []
  // A client that has gone is nobody's mistake, and what else fails was logged where it did.
  await pipeline([source, ...packing, ctx.res]).catch(() => undefined)
}

/**
 * Answers lists whose client accepts CSV or NDJSON before JSON: all records, one after the other.
 *
 * @param threshold the bytes from which answers are packed; 0 for none. The length of these is not known beforehand
 * @throws what reading the first records is refused with
 */
export const exportRecords =
  (read: ExportRecords, threshold: number): Middleware =>
  async (ctx, next) => {
    const route = routeOf(ctx)
    const { type } = ctx.response
    if (route?.kind !== 'operation' || route.operation.effect !== 'read' || !isRecordType(type)) return next()
    const operation = exportOf(route.operation)
    const { method, query, headers } = ctx.request
    const given = givenOf({ ...route, operation }, { method, query, headers })
    const answer = await read(operation, given, ctx.feathers ?? {}, type)
    try {
      ctx.set(headersOf(operation, type, answer))
      setRates(ctx, ctx.feathers?.allowance)
      await send(ctx, answer, threshold)
    } finally {
      answer.close()
    }
  }
