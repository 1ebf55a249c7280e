import { ResumableUpload } from './resumable'
import type { Source } from './source'
import { factsOf, sourceOf } from './source'
import type { Sender, Uploadable, UploadedFile, UploadOptions } from './types'

/** Bytes up to which it goes by a form, in one request. */
const SMALL = 2 ** 20

const sendForm = async (
  sender: Sender,
  bytes: Blob | Uint8Array<ArrayBuffer>,
  { name = 'file', type = '', field, idempotencyKey, signal }: UploadOptions
): Promise<UploadedFile> => {
  const form = new FormData()
  form.append('file', new Blob([bytes], { type }), name)
  const query = field === undefined ? '' : `?field=${encodeURIComponent(field)}`
  const headers: Record<string, string> = idempotencyKey === undefined ? {} : { 'Idempotency-Key': idempotencyKey } // prettier-ignore
  try {
    const answer = await sender.send(`/files${query}`, { method: 'POST', headers, body: form, ...(signal ? { signal } : {}) }) // prettier-ignore
    return (await answer.json()) as UploadedFile
  } catch (error) {
    signal?.throwIfAborted()
    throw error
  }
}

/** The whole of it, where it is small. */
const smallOf = async (source: Source): Promise<Blob | Uint8Array<ArrayBuffer> | undefined> => {
  if (source.size !== undefined) return source.size <= SMALL ? source.slice(0, source.size) : undefined
  const head = (await source.slice(0, SMALL + 1)) as Uint8Array<ArrayBuffer>

  return head.length <= SMALL ? head : undefined
}

const hasSize = (source: Source): source is Source & { readonly size: number } => source.size !== undefined

/** See `Client.upload`. It is a module of its own, loaded with the first upload. */
export const upload = async (
  sender: Sender,
  file: Uploadable,
  given: UploadOptions = {}
): Promise<UploadedFile> => {
  const options = { ...factsOf(file), ...given }
  options.signal?.throwIfAborted()
  const source = sourceOf(file, options.size)
  const small = options.resume === undefined ? await smallOf(source) : undefined
  if (small) {
    const total = small instanceof Uint8Array ? small.length : small.size
    options.onProgress?.({ sent: 0, total })
    const made = await sendForm(sender, small, options)
    options.onProgress?.({ sent: total, total })
    return made
  }
  if (!hasSize(source)) throw new TypeError('A stream of more than a megabyte needs its size: upload(stream, { size })') // prettier-ignore
  const id = await new ResumableUpload(sender, source, options).run()

  return (await (await sender.send(`/files/${id}`, { headers: { Accept: 'application/json' } })).json()) as UploadedFile // prettier-ignore
}
