import { hash } from 'crypto'

/** An entity tag as HTTP writes it: what stands between the quotes, and whether `W/` stands before them. */
export interface GivenTag {
  readonly opaque: string
  readonly isWeak: boolean
}
/** What `If-Match` and `If-None-Match` name: any representation there is, or some. */
export type GivenTags = '*' | readonly GivenTag[]

/** What is said by a tag that this server has made, or that a client made of a version. */
export interface ReadTag {
  /** Of the record: digits, which may be more than a number has. */
  readonly version?: string
  /** Of the answer. */
  readonly digest?: string
}

const TAG = /[\s,]*(W\/)?"([\x21\x23-\x7e\x80-\xff]*)"[ \t]*(?=,|$)/y
const MOST_CHARACTERS = 8192
const DIGEST = /^(?:(\d{1,15})(?:-|$))?([\w-]{27})?(?:\.(?:br|gzip))?$/

/**
 * Reads a list of entity tags.
 *
 * @example parseTags('"7", W/"x"') // [{ opaque: '7', isWeak: false }, { opaque: 'x', isWeak: true }]
 * @returns undefined for what is no such list
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-13.1.1
 */
export const parseTags = (header: string): GivenTags | undefined => {
  const text = header.trim()
  if (text === '*') return '*'
  if (text.length > MOST_CHARACTERS) return undefined
  const tags: GivenTag[] = []
  TAG.lastIndex = 0
  for (let end = 0; end < text.length; end = TAG.lastIndex) {
    const [, weak, opaque] = TAG.exec(text) ?? []
    if (opaque === undefined) return /^[\s,]*$/.test(text.slice(end)) && tags.length > 0 ? tags : undefined
    tags.push({ opaque, isWeak: weak !== undefined })
  }

  return tags.length > 0 ? tags : undefined
}

/**
 * Whether tags name a quoted one, compared weakly, as `If-None-Match` is (RFC 9110, 8.8.3.2 and 13.1.2). What is no list of tags names nothing.
 *
 * @example isNamed('W/"a", "b"', '"a"') // true
 */
export const isNamed = (given: string, quoted: string): boolean => {
  const tags = parseTags(given) ?? []
  return tags === '*' || tags.some(({ opaque }) => `"${opaque}"` === quoted)
}

/**
 * The same compared strongly, as `If-Match` is (RFC 9110, 13.1.1): a weak tag names nothing, and nothing but `*` names a weak one.
 *
 * @example isNamedStrongly('W/"a"', '"a"') // false
 */
export const isNamedStrongly = (given: string, etag: string): boolean => {
  const tags = parseTags(given) ?? []
  return tags === '*' || tags.some(({ isWeak, opaque }) => !isWeak && `"${opaque}"` === etag)
}

/**
 * What a tag says; undefined for one that is none of ours.
 *
 * @example readTag('7-Zm9vYmFyYmF6cXV4Zm9vYmFyYmE.br') // { version: '7', digest: 'Zm9vYmFyYmF6cXV4Zm9vYmFyYmE' }
 * @example readTag('7') // { version: '7' }
 */
export const readTag = (opaque: string): ReadTag | undefined => {
  const [, version, digest] = DIGEST.exec(opaque) ?? []
  if (version === undefined && digest === undefined) return undefined

  return { version, digest }
}

/** A digest of the text of an answer, or of its bytes in UTF-8. */
export const digestOf = (text: string | Buffer): string => hash('sha256', text, 'base64url').slice(0, 27)

/**
 * The opaque part of the tag of an answer.
 *
 * @param version of the record that is answered, where it has one and the answer says it
 * @param coding by which the answer is packed: two codings are two sequences of bytes, and a strong tag names one (RFC 9110, 8.8.3.3)
 * @example opaqueTag({ digest: 'Zm9v…', version: 7 }) // '7-Zm9v…'
 */
export const opaqueTag = ({
  digest,
  version,
  coding
}: {
  readonly digest: string
  readonly version?: number | string
  readonly coding?: string
}): string =>
  `${version === undefined ? '' : `${version}-`}${digest}${coding === undefined ? '' : `.${coding}`}`
