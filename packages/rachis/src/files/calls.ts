import type { Context } from 'koa'
import { ApiError } from '../errors/errors'
import type { ModuleContext } from '../module'
import type { Answer, Caller, Given } from '../service/call'
import type { Upload } from './file-store'

/** The operations that uploads are made of. Every request of an upload is one of these calls first, under its rule. */
export type UploadCall = 'uploads.create' | 'uploads.get' | 'uploads.remove' | 'files.get'

/** What the call that an upload begins with has to know of its request: the key by which it may be sent again, and whether the bytes come with it. */
export const headersOf = ({ headers }: Context): Pick<Given, 'headers'> => {
  const { 'idempotency-key': key, 'content-type': type } = headers

  return { headers: { ...(key === undefined ? {} : { 'idempotency-key': key }), 'content-type': type } }
}

/**
 * Calls an operation as the request's caller.
 *
 * @throws whatever it is refused with
 */
export const answerFor = async (
  { app, models }: ModuleContext,
  ctx: Context,
  name: UploadCall,
  given: Given
): Promise<Answer> => {
  const [resource, method] = name.split('.')
  const model = models.find((one) => one.name === resource)!
  const operation = model.operations.find((one) => one.name === method)!

  return app.get('call')(operation, given, (ctx.feathers ?? {}) as Caller)
}

/**
 * The same, for the body of the answer.
 *
 * @throws whatever it is refused with
 * @example await callFor(context, ctx, 'uploads.get', { id }) // the row, where the caller may read it
 */
export const callFor = async (
  context: ModuleContext,
  ctx: Context,
  ...[name, given]: [UploadCall, Given]
): Promise<unknown> => (await answerFor(context, ctx, name, given)).body

/**
 * Bytes that are compressed on the way would be kept as they come.
 *
 * @throws {ApiError} UNSUPPORTED_MEDIA_TYPE
 */
export const assertPlain = (ctx: Context): void => {
  if (['', 'identity'].includes(ctx.get('Content-Encoding').trim().toLowerCase())) return
  throw new ApiError('UNSUPPORTED_MEDIA_TYPE', {
    headers: { 'Accept-Encoding': 'identity' },
    hint: 'Send the bytes of the file without Content-Encoding'
  })
}

/** An upload as its owner reads it. */
export const uploadFor = async (
  context: ModuleContext,
  ctx: Context,
  ...[name, given]: ['uploads.get', Given]
): Promise<Upload> => (await callFor(context, ctx, name, given)) as Upload
