import type { Context } from 'koa'
import { ApiError, validationError } from '../errors/errors'
import { UNNAMED } from './names'

/** The most characters of `Upload-Metadata`: they are kept with the upload. */
export const MAX_METADATA = 4096
const PAIR = '[!-+\\--~\\u0080-\\u00ff]+(?: [A-Za-z0-9+/]*={0,2})?'
/** Keys, each alone or with a value in Base64. Nothing else can be answered in a header. */
export const METADATA = `^${PAIR}(?:,${PAIR})*$`

export const TUS = '1.0.0'
export const EXTENSIONS = 'creation,expiration,checksum,termination'
export const ALGORITHMS = ['sha256', 'sha1', 'md5']

/** Scripts of another origin see no header that is not named. */
const EXPOSED = 'Tus-Resumable, Tus-Version, Tus-Extension, Tus-Max-Size, Tus-Checksum-Algorithm, Upload-Offset, Upload-Length, Upload-Expires, Upload-Metadata, Location' // prettier-ignore

interface Kept {
  readonly name: string
  readonly type: string | null
  readonly field: string | null
  /** As its client sent it; null of an upload that was begun otherwise, or before it was kept. */
  readonly metadata: string | null
}

export const setCommon = (ctx: Context): void => {
  ctx.set({ 'Tus-Resumable': TUS, 'Cache-Control': 'no-store' })
  if (ctx.get('Origin')) ctx.append('Access-Control-Expose-Headers', EXPOSED)
}

const wrong = (name: string, message: string, expected: string) =>
  validationError([{ field: name, message, rule: 'format', expected }])

/**
 * A header that is a number of bytes.
 *
 * @throws VALIDATION_ERROR
 */
export const bytesIn = (ctx: Context, name: string): number => {
  const given = ctx.get(name)
  if (/^\d{1,15}$/.test(given)) return Number(given)
  throw wrong(name, given === '' ? 'is required' : 'is not a number of bytes', 'a whole number')
}

const decoded = (text: string): string | undefined =>
  /^[A-Za-z0-9+/]*={0,2}$/.test(text) ? Buffer.from(text, 'base64').toString() : undefined

const pairsIn = (header: string): string[][] =>
  header
    .split(',')
    .filter((pair) => pair.trim() !== '')
    .map((pair) => pair.trim().split(' '))

/**
 * `Upload-Metadata`: keys, each with a value in Base64.
 *
 * @throws VALIDATION_ERROR
 * @example metadataOf('filename dGVhLnBuZw==,filetype aW1hZ2UvcG5n') // Map { filename → 'tea.png', filetype → 'image/png' }
 * @see https://tus.io/protocols/resumable-upload#upload-metadata
 */
export const metadataOf = (header: string): ReadonlyMap<string, string> => {
  const found = new Map<string, string>()
  for (const [key = '', text = ''] of pairsIn(header)) {
    const value = decoded(text)
    if (value === undefined) throw wrong('Upload-Metadata', 'is not encoded', 'key Base64,key Base64')
    if (found.has(key)) throw wrong('Upload-Metadata', 'has a key twice', 'each key once')
    found.set(key, value)
  }

  return found
}

/**
 * The same as a text, as it is kept and answered; undefined where the header says nothing.
 *
 * @throws VALIDATION_ERROR where it is too long
 * @example metadataText('filename dGVhLnBuZw==, private') // 'filename dGVhLnBuZw==,private'
 */
export const metadataText = (header: string): string | undefined => {
  const text = pairsIn(header)
    .map(([key, value]) => (value ? `${key} ${value}` : key))
    .join(',')
  if (text.length > MAX_METADATA) throw wrong('Upload-Metadata', 'is too long', `at most ${MAX_METADATA} characters`) // prettier-ignore

  return text === '' ? undefined : text
}

/**
 * The metadata of an upload, as `Upload-Metadata` says it: as it was sent, or what is known of the file; nothing where it has none.
 *
 * @example metadataHeader({ name: 'tea.png', type: null, field: null, metadata: null }) // { 'Upload-Metadata': 'filename dGVhLnBuZw==' }
 */
export const metadataHeader = ({ name, type, field, metadata }: Kept): Record<string, string> => {
  if (metadata !== null) return { 'Upload-Metadata': metadata }
  const values = Object.entries({ filename: name === UNNAMED ? null : name, filetype: type, field })
  const pairs = values.flatMap(([key, value]) => value ? [`${key} ${Buffer.from(value).toString('base64')}`] : []) // prettier-ignore

  return pairs.length === 0 ? {} : { 'Upload-Metadata': pairs.join(',') }
}

/** What the bytes of a request have to add up to. */
export interface Checksum {
  readonly algorithm: string
  /** In Base64. */
  readonly value: string
}

/** @throws BAD_REQUEST for an algorithm that is not known, as the protocol wants it */
export const checksumOf = (header: string): Checksum | undefined => {
  if (header === '') return undefined
  const [algorithm = '', value = ''] = header.trim().split(' ')
  if (ALGORITHMS.includes(algorithm) && value !== '') return { algorithm, value }
  throw new ApiError('BAD_REQUEST', { field: 'Upload-Checksum', message: 'Upload-Checksum names no algorithm that is known', hint: `Use ${ALGORITHMS.join(', ')}` }) // prettier-ignore
}

const BODY = 'application/offset+octet-stream'

/** @throws UNSUPPORTED_MEDIA_TYPE for a body of another type, with the one that is taken (RFC 5789, section 2.2) */
export const assertBytes = (ctx: Context): void => {
  if (ctx.get('Content-Type').trim().toLowerCase() === BODY) return
  throw new ApiError('UNSUPPORTED_MEDIA_TYPE', { hint: `Send Content-Type: ${BODY}`, headers: { 'Accept-Patch': BODY } }) // prettier-ignore
}

/** @throws PRECONDITION_FAILED for a client of another version of the protocol, UNSUPPORTED_MEDIA_TYPE for a PATCH of one that speaks none */
export const assertVersion = (ctx: Context): void => {
  if (ctx.get('Tus-Resumable') === TUS) return
  if (ctx.get('Tus-Resumable') === '' && ctx.method === 'PATCH') assertBytes(ctx)
  throw new ApiError('PRECONDITION_FAILED', {
    message: ctx.get('Tus-Resumable') === '' ? 'Tus-Resumable is required' : `Version ${ctx.get('Tus-Resumable')} of tus is not spoken here`, // prettier-ignore
    field: 'Tus-Resumable',
    hint: `Send Tus-Resumable: ${TUS} with each request of a resumable upload`,
    headers: { 'Tus-Version': TUS }
  })
}
