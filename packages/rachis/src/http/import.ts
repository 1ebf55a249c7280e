import type { Context, Middleware } from 'koa'
import type { Application } from '../declare/declarations'
import { ApiError, closing, toApiError } from '../errors/errors'
import { importOf } from '../model/forms'
import type { RecordType } from '../model/operation'
import { isRecordType, RECORD_TYPES } from '../model/operation'
import type { ImportProgress, RecordFile } from '../service/call'
import { checkAnswer, writeAnswer } from './answer'
import { assertLength, normalizeEncoding, readError, unsupported } from './body'
import { setRates } from './rates'
import type { OperationRoute } from './route'
import { routeOf } from './route'
import { isReadable, spool } from './spool'

/** What is sent is a file of records; undefined for any other body. */
const fileType = (ctx: Context): RecordType | undefined => {
  const type: unknown = ctx.is([...RECORD_TYPES])

  return isRecordType(type) ? type : undefined
}

/** The rest of a body that is refused is not read. */
const refusal = (thrown: unknown, limit: number): ApiError =>
  closing(thrown instanceof ApiError ? thrown : readError(thrown, limit))

const fileOf = (ctx: Context, type: RecordType, limit: number): RecordFile => ({
  type,
  async receive() {
    assertLength(ctx, limit)
    normalizeEncoding(ctx)
    const coding = ctx.req.headers['content-encoding']
    if (!isReadable(coding)) throw closing(readError({ status: 415 }, limit))

    return spool(ctx.req, coding, limit).catch((thrown: unknown) => {
      throw refusal(thrown, limit)
    })
  }
})

/** Lines that say how far an import is, for who accepts NDJSON. The last one is its report, or its error. */
class ProgressLines {
  private isOpen = false

  constructor(private readonly ctx: Context) {}

  readonly onProgress = (progress: ImportProgress): void => {
    if (!this.isOpen) this.open()
    this.write({ progress })
  }

  /** Ends the answer, where it has begun. */
  end(line: object): boolean {
    if (this.isOpen) this.ctx.res.end(`${JSON.stringify(line)}\n`)

    return this.isOpen
  }

  private open() {
    const { ctx } = this
    this.isOpen = true
    ctx.respond = false
    ctx.status = 200
    ctx.set({ 'Content-Type': 'application/x-ndjson; charset=utf-8', 'Cache-Control': 'no-store' })
    setRates(ctx, ctx.feathers?.allowance)
  }

  private write(line: object) {
    this.ctx.res.write(`${JSON.stringify(line)}\n`)
  }
}

/** A creation whose body is a file is the import of it: known before types are negotiated and the body is read. */
export const chooseImport: Middleware = (ctx, next) => {
  const route = routeOf(ctx)
  const operation = route?.kind === 'operation' && fileType(ctx) ? importOf(route.operation) : undefined
  if (operation) ctx.state.route = { ...route, operation }

  return next()
}

const isImport = (route: ReturnType<typeof routeOf>): route is OperationRoute =>
  route?.kind === 'operation' && route.operation.form === 'import'

/**
 * Imports a file of records.
 *
 * @throws whatever is refused before the first record is written, and after it to who waits for the whole report
 */
export const importRecords =
  (app: Application): Middleware =>
  async (ctx, next) => {
    const route = routeOf(ctx)
    if (!isImport(route)) return next()
    const { operation } = route
    const type = fileType(ctx)
    if (!type) throw unsupported(ctx, operation.consumes)
    const { query, headers } = ctx.request
    const file = fileOf(ctx, type, app.get('imports').max_bytes)
    const lines = ctx.response.type === 'application/x-ndjson' ? new ProgressLines(ctx) : undefined
    const given = { query, headers, file, onProgress: lines?.onProgress }
    try {
      const answer = await app.get('importRecords')(operation, given, ctx.feathers ?? {})
      if (!lines?.end({ report: answer.body })) writeAnswer(ctx, checkAnswer(answer))
    } catch (thrown) {
      if (!lines?.end(toApiError(thrown).toJSON())) throw thrown
    }
  }
