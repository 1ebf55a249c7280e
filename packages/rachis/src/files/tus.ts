import type { Context } from 'koa'
import { ApiError, orFault, validationError } from '../errors/errors'
import { PREFIX } from '../model/prefix'
import type { ModuleContext } from '../module'
import type { StreamedRoute } from '../rules/streamed-route'
import type { Given } from '../service/call'
import { Appender, WrongChecksum } from './append'
import { answerFor, assertPlain, callFor, headersOf, uploadFor } from './calls'
import type { Progress, UploadClaims } from './claims'
import { lockedUpload } from './claims'
import { errors } from './errors'
import type { FileStore, Upload } from './file-store'
import { dropRest } from './meter'
import { fileName } from './names'
import type { Checksum } from './tus-headers'
import { idOf, isTus } from './tus-requests'
import {
  ALGORITHMS,
  assertBytes,
  assertVersion,
  bytesIn,
  checksumOf,
  EXTENSIONS,
  metadataHeader,
  metadataOf,
  metadataText,
  setCommon,
  TUS
} from './tus-headers'

const expires = ({ expires_at }: Pick<Upload, 'expires_at'>) => new Date(expires_at).toUTCString()

/** It would be complete with no PATCH that could make a file of it, and empty files are refused. */
const emptyUpload = () =>
  validationError([{ field: 'Upload-Length', message: 'is 0: an empty file is not taken', rule: 'minimum', expected: 1 }]) // prettier-ignore

/** @throws {ApiError} VALIDATION_ERROR */
const announcedData = (ctx: Context): object => {
  const length = bytesIn(ctx, 'Upload-Length')
  if (length === 0) throw emptyUpload()
  const header = ctx.get('Upload-Metadata')
  const values = metadataOf(header)
  const [type, field, metadata] = [values.get('filetype'), values.get('field'), metadataText(header)]

  return { name: fileName(values.get('filename') ?? ''), length, ...(type ? { type } : {}), ...(field ? { field } : {}), ...(metadata ? { metadata } : {}) } // prettier-ignore
}

/** What the headers of a creation say of the upload. What is wrong with them is told to who may make one. */
const announced = (ctx: Context): Pick<Given, 'data' | 'fault'> =>
  orFault(() => ({ data: announcedData(ctx) }), {})

const isNotFound = (error: unknown): boolean => error instanceof ApiError && error.code === 404

const unlessNotFound = (error: unknown): undefined => {
  if (!isNotFound(error)) throw error
}

const assertOffset = ({ kept, held }: Progress, offset: number): void => {
  if (held > 0) throw lockedUpload(held)
  if (kept === offset) return
  throw new ApiError(errors.UPLOAD_CONFLICT, {
    message: `Upload-Offset is ${offset} and the upload at ${kept}`,
    headers: { 'Upload-Offset': String(kept) }
  })
}

/** `tus` 1.0 with the extensions that `EXTENSIONS` lists. Each request is a call of `uploads` or `files` first, under its rule. */
class TusServer {
  private readonly store: FileStore
  private readonly claims: UploadClaims
  private readonly appender: Appender

  constructor(private readonly context: ModuleContext) {
    this.store = context.app.get('fileStore')
    this.claims = this.store.claims
    this.appender = new Appender(this.store.spool, this.claims)
  }

  /** @throws METHOD_NOT_ALLOWED; whatever the call is refused with */
  answer(ctx: Context): Promise<void> | void {
    const id = idOf(ctx)
    setCommon(ctx)
    if (ctx.method === 'OPTIONS') return this.options(ctx)
    assertVersion(ctx)
    if (ctx.method === 'POST' && id === undefined) return this.create(ctx)
    if (ctx.method === 'HEAD' && id !== undefined) return this.head(ctx, id)
    if (ctx.method === 'PATCH' && id !== undefined) return this.patch(ctx, id)
    if (ctx.method === 'DELETE' && id !== undefined) return this.terminate(ctx, id)
    throw new ApiError('METHOD_NOT_ALLOWED', { headers: { Allow: id === undefined ? 'POST, OPTIONS' : 'HEAD, PATCH, DELETE, OPTIONS' } }) // prettier-ignore
  }

  private options(ctx: Context) {
    ctx.status = 204
    ctx.set({
      Allow: idOf(ctx) === undefined ? 'GET, HEAD, POST, OPTIONS' : 'GET, HEAD, PATCH, DELETE, OPTIONS',
      'Tus-Version': TUS,
      'Tus-Extension': EXTENSIONS,
      'Tus-Max-Size': String(this.store.settings.max_size),
      'Tus-Checksum-Algorithm': ALGORITHMS.join(',')
    })
  }

  private async create(ctx: Context): Promise<void> {
    const { body, headers } = await answerFor(this.context, ctx, 'uploads.create', { ...announced(ctx), ...headersOf(ctx) }) // prettier-ignore
    const { id } = body as Upload
    const { expires_at } = await this.store.begun(body as Upload)
    if (headers['Idempotency-Replayed'] !== undefined) ctx.set('Idempotency-Replayed', 'true')
    ctx.set({ Location: `${PREFIX}/uploads/${id}`, ...(expires_at === undefined ? {} : { 'Upload-Expires': expires({ expires_at }) }) }) // prettier-ignore
    ctx.status = 201
    ctx.body = ''
    ctx.remove('Content-Type')
  }

  /** Where a client asks again after the last part, since it has not heard that it arrived, the upload is a file already. */
  private async head(ctx: Context, id: string): Promise<void> {
    const upload = await this.find(ctx, id)
    const offset = upload && (await this.appender.alone(id, () => this.offsetOf(ctx, upload)))
    if (upload && offset !== undefined) {
      this.tell(ctx, upload, offset)
      ctx.set(metadataHeader(upload))
    } else {
      const { size } = (await callFor(this.context, ctx, 'files.get', { id })) as { size: number }
      ctx.set({ 'Upload-Offset': String(size), 'Upload-Length': String(size) })
    }
    ctx.status = 200
    ctx.body = ''
    ctx.remove('Content-Type')
  }

  /**
   * Undefined where it is a file by now. Where all bytes are there, and no file has become of them since the storage failed or the process died, it is made now: told
   * that all has arrived, no client sends anything more.
   */
  private async offsetOf(ctx: Context, upload: Upload): Promise<number | undefined> {
    const progress = await this.claims.progress(upload.id)
    if (progress?.kept !== upload.length) return progress?.kept
    await this.appender.settle(progress)
    await this.complete(ctx, upload).catch(unlessNotFound)

    return undefined
  }

  private async patch(ctx: Context, id: string): Promise<void> {
    const upload = await this.find(ctx, id)
    if (!upload) throw new ApiError('NOT_FOUND')
    assertBytes(ctx)
    assertPlain(ctx)
    const [offset, checksum] = [bytesIn(ctx, 'Upload-Offset'), checksumOf(ctx.get('Upload-Checksum'))]
    await this.appender
      .alone(id, () => this.add(ctx, upload, offset, checksum))
      .catch(async (error: unknown) => {
        await dropRest(ctx.req)
        throw error
      })
    ctx.status = 204
  }

  private async add(ctx: Context, upload: Upload, offset: number, checksum?: Checksum): Promise<void> {
    const progress = await this.claims.progress(upload.id)
    if (!progress) throw new ApiError('NOT_FOUND')
    assertOffset(progress, offset)
    const length = upload.length!
    const arrived = await this.appender.append({ progress, length, bytes: ctx.req, ...(checksum ? { checksum } : {}) }) // prettier-ignore
    if (arrived === length) await this.complete(ctx, upload)
    this.tell(ctx, upload, arrived)
  }

  /** What a request still writes while it is removed goes with it. */
  private async terminate(ctx: Context, id: string): Promise<void> {
    await callFor(this.context, ctx, 'uploads.remove', { id })
    await this.appender.alone(id, () => this.store.spool.remove(id))
    ctx.status = 204
  }

  /** Undefined where it is none any more. One that comes by a form has no length, and is none of tus. */
  private async find(ctx: Context, id: string): Promise<Upload | undefined> {
    const upload = await uploadFor(this.context, ctx, 'uploads.get', { id }).catch(unlessNotFound)

    return upload && upload.length !== null && Date.parse(upload.expires_at) > Date.now() ? upload : undefined
  }

  private tell(ctx: Context, upload: Upload, offset: number): void {
    ctx.set({
      'Upload-Offset': String(offset),
      'Upload-Length': String(upload.length),
      'Upload-Expires': expires(upload)
    })
  }

  /** What is refused for its content would be refused again. What cannot be found may be what another process completes at this moment. */
  private async complete(ctx: Context, upload: Upload): Promise<void> {
    const trace_id = ctx.feathers?.trace_id as string | undefined
    const { spool } = this.store
    const progress = await this.claims.progress(upload.id)
    if (!progress) throw new ApiError('NOT_FOUND')
    const keep = () => this.store.keep(upload, spool.open(progress.parts, progress.kept))
    try {
      await this.store.complete(upload, trace_id === undefined ? {} : { trace_id }, keep)
    } catch (error) {
      if (isNotFound(error) && (await this.store.isOpen(upload))) throw lockedUpload(1)
      if (error instanceof ApiError && error.code !== 404) await this.store.drop(upload)
      throw error
    }
    await spool.remove(upload.id)
    ctx.set('Content-Location', `${PREFIX}/files/${upload.id}`)
  }
}

/** The protocol has a status of its own for bytes that are not those that were announced. */
const refuseChecksum = (ctx: Context): void => {
  const error = new ApiError('BAD_REQUEST', { field: 'Upload-Checksum', message: 'The bytes are not those of Upload-Checksum', hint: 'Send them again from the same offset' }) // prettier-ignore
  ctx.status = 460
  ctx.message = 'Checksum Mismatch'
  ctx.body = { ...error.toJSON(), code: 460 }
}

/**
 * Resumable uploads at `/uploads`.
 *
 * @see https://tus.io/protocols/resumable-upload
 */
export const resumableUploads = (context: ModuleContext): StreamedRoute => {
  let server: TusServer | undefined

  return {
    label: '/uploads',
    takes: isTus,
    async answer(ctx) {
      server ??= new TusServer(context)
      try {
        await server.answer(ctx)
      } catch (error) {
        if (!(error instanceof WrongChecksum)) throw error
        refuseChecksum(ctx)
      }
    }
  }
}
