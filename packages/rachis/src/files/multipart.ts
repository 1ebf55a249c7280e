import type { Context } from 'koa'
import { ApiError, closing } from '../errors/errors'
import { PREFIX } from '../model/prefix'
import type { ModuleContext } from '../module'
import type { StreamedRoute } from '../rules/streamed-route'
import { withoutSlashes } from '../util/trim'
import { answerFor, assertPlain, callFor, headersOf } from './calls'
import type { FileStore, Upload } from './file-store'
import type { FormFile } from './form'
import { fileOfForm } from './form'
import { tooLargeFile } from './limits'
import { fileName } from './names'
import { noRoom, roomFor } from './quota'
import { assertSameFile, formBefore } from './repeated'

const fieldOf = ({ request: { query } }: Context): string | undefined => {
  const { field, ...others } = query as Record<string, unknown>
  const [unknown] = Object.keys(others)
  if (unknown !== undefined)
    throw new ApiError('BAD_QUERY', { field: unknown, hint: 'The one parameter here is field' })
  if (field !== undefined && typeof field !== 'string') throw new ApiError('BAD_QUERY', { field: 'field' })

  return field
}

interface Begun {
  readonly upload: Upload
  /** A form with the same key was sent before. */
  readonly isRepeated: boolean
}

/** Who calls, and whether they may, is asked before the body is read: what it says of the file is known only then, and the row has a name to be replaced. */
const begin = async (context: ModuleContext, ctx: Context): Promise<Begun> => {
  const field = fieldOf(ctx)
  const data = { name: 'file', ...(field === undefined ? {} : { field }) }
  const { body, headers } = await answerFor(context, ctx, 'uploads.create', { data, ...headersOf(ctx) })

  const upload = await context.app.get('fileStore').begun(body as Upload)

  return { upload, isRepeated: headers['Idempotency-Replayed'] !== undefined }
}

const described = (upload: Upload, { name, type }: FormFile): Upload => ({
  ...upload,
  name: fileName(name),
  type: type.slice(0, 255)
})

const trace = ({ feathers }: Context) => ({ trace_id: feathers?.trace_id as string | undefined })

/** Bytes of a form beside those of its file, at most. */
const AROUND = 65_536

/**
 * What is announced as too long is refused before it is sent.
 *
 * @returns bytes that are left for the owner
 * @throws {ApiError} FILE_TOO_LARGE, FILE_QUOTA_EXCEEDED
 */
const roomIn = async (store: FileStore, ctx: Context, upload: Upload): Promise<number> => {
  const announced = Number(ctx.get('Content-Length') || 0) - AROUND
  const { max_size } = store.limitsOf(upload)
  if (announced > max_size) throw tooLargeFile(max_size)
  const room = await roomFor(store.context.knex, upload, store.settings)
  if (announced > room) throw noRoom(room)

  return room
}

/** The bytes are kept before the row is locked: a client that is slow must hold no connection of the database. */
const keep = async (store: FileStore, ctx: Context, upload: Upload): Promise<void> => {
  const room = await roomIn(store, ctx, upload)
  const file = await fileOfForm(ctx.req)
  const whole = described(upload, file)
  const kept = await store.keep(whole, file.bytes, room)
  await file.ended()
  await store.complete(whole, trace(ctx), async () => kept)
}

const receive = async (context: ModuleContext, ctx: Context): Promise<Begun> => {
  if (!ctx.is('multipart/form-data'))
    throw new ApiError('UNSUPPORTED_MEDIA_TYPE', {
      hint: 'Send Content-Type: multipart/form-data, with one file'
    })
  assertPlain(ctx)
  const store = context.app.get('fileStore')
  const { upload, isRepeated } = await begin(context, ctx)
  const { file } = isRepeated ? await formBefore(store, upload) : {}
  if (file) {
    await assertSameFile(file, await fileOfForm(ctx.req))
    return { upload, isRepeated }
  }
  try {
    await keep(store, ctx, upload)
  } catch (error) {
    await store.drop(upload)
    throw error
  }

  return { upload, isRepeated: false }
}

/** As any write, it answers nothing but the id to a key that may not read what it has written. */
const fileFor = (context: ModuleContext, ctx: Context, id: string): Promise<unknown> =>
  callFor(context, ctx, 'files.get', { id }).catch((error: unknown) => {
    if (error instanceof ApiError && error.code === 403) return { id }
    throw error
  })

/** `POST /files`: one file in a form, of any size that is allowed. */
export const formUploads = (context: ModuleContext): StreamedRoute => ({
  label: '/files',
  takes: ({ method, path }) => method === 'POST' && withoutSlashes(path) === 'files',
  async answer(ctx) {
    const { upload, isRepeated } = await receive(context, ctx).catch((error: unknown) => {
      ctx.req.unpipe()
      throw error instanceof ApiError ? closing(error) : error
    })
    const { id } = upload
    ctx.body = await fileFor(context, ctx, id)
    ctx.status = 201
    ctx.set({ Location: `${PREFIX}/files/${id}`, 'Cache-Control': 'no-store' })
    if (isRepeated) ctx.set('Idempotency-Replayed', 'true')
  }
})
