import { createHash } from 'crypto'
import { ApiError } from '../errors/errors'
import type { FileRow } from './file-row'
import type { FileStore, Upload } from './file-store'
import type { FormFile } from './form'
import { fileName } from './names'
import { assertRoom } from './quota'
import { holdBytes } from './unused-bytes'

/** What has become of a form that was sent before with the same key: a file, or nothing, so that it is received as if it were new. */
export type Before = { readonly file: FileRow } | { readonly file?: undefined }

const inProgress = () => new ApiError('REQUEST_IN_PROGRESS', { headers: { 'Retry-After': '1' } })

/** Nothing says whose it was: an API key that may not read uploads was answered the id alone. */
const unreadable = () =>
  new ApiError('FORBIDDEN', { message: 'What became of this form may not be read', hint: 'Send it with another Idempotency-Key, or by a credential that may read uploads' }) // prettier-ignore

/** Longer than any form may take to arrive: the process that was receiving it has died. */
const isAbandoned = (store: FileStore, { expires_at }: Upload): boolean => {
  const { request_timeout } = store.context.app.get('http')
  const begun = Date.parse(expires_at) - store.settings.upload_ttl * 1000

  return begun + 2 * request_timeout * 1000 < Date.now()
}

/** One that nobody receives is gone on with by one request. @returns false where another request does */
const takeOver = async (store: FileStore, upload: Upload, expires_at: string): Promise<boolean> => {
  if (!isAbandoned(store, upload)) return false
  const { id } = upload

  return (await store.context.knex('uploads').where({ id, expires_at: upload.expires_at }).update({ expires_at })) > 0 // prettier-ignore
}

/**
 * One that failed has left nothing, or what it has left is being removed: that is waited for.
 *
 * @returns false where another request was faster
 * @throws {ApiError} REQUEST_IN_PROGRESS where a file has become of it meanwhile; FILE_QUOTA_EXCEEDED
 */
const beginAgain = (store: FileStore, upload: Upload, expires_at: string): Promise<boolean> =>
  store.context.knex.transaction(async (trx) => {
    const { id, user_id, name, field } = upload
    await assertRoom(trx, { user_id, size: 0 }, store.settings)
    await holdBytes(trx, id)
    await trx.raw(`select set_config('app.context', ?, true)`, [JSON.stringify({ user_id })])
    const made = await trx('uploads').insert({ id, user_id, name, field, expires_at }, 'id').onConflict('id').ignore() // prettier-ignore
    // The other one was completed between being looked for and this: its bytes must not be written over.
    if ((await trx('files').where({ id }).select('id')).length > 0) throw inProgress()

    return made.length > 0
  })

/**
 * Looks at what became of a form whose key was used before.
 *
 * @param upload as it was begun then
 * @throws {ApiError} REQUEST_IN_PROGRESS while another request is received; FILE_QUOTA_EXCEEDED
 */
export const formBefore = async (store: FileStore, upload: Upload): Promise<Before> => {
  const { knex } = store.context
  // In this order: what becomes a file between the two is found as one.
  const [open] = await knex<Upload>('uploads').where({ id: upload.id })
  const [file] = await knex<FileRow>('files').where({ id: upload.id })
  if (file) return { file }
  if (upload.user_id === undefined) throw unreadable()
  const expires_at = new Date(Date.now() + store.settings.upload_ttl * 1000).toISOString()
  const isOurs = open ? await takeOver(store, open, expires_at) : await beginAgain(store, upload, expires_at)
  if (!isOurs) throw inProgress()
  store.written(upload)

  return {}
}

/**
 * Reads a form to its end, and compares it with the file that was made of the first one with its key.
 *
 * @throws {ApiError} IDEMPOTENCY_KEY_REUSED for another file or another name; what the form is refused for
 */
export const assertSameFile = async (file: FileRow, form: FormFile): Promise<void> => {
  const hash = createHash('sha256')
  let size = 0
  for await (const chunk of form.bytes as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > Number(file.size)) throw new ApiError('IDEMPOTENCY_KEY_REUSED')
    hash.update(chunk)
  }
  await form.ended()
  if (hash.digest('hex') !== file.sha256 || fileName(form.name) !== file.name)
    throw new ApiError('IDEMPOTENCY_KEY_REUSED')
}
