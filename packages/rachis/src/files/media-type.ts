import type * as FileType from 'file-type'

/** Bytes at the beginning by which a type is recognised. */
export const SAMPLE = 4100

/** A text is what its sender says only where both are plain: `text/csv` is read as text by whoever opens it. */
const PLAIN = ['text/plain', 'text/csv', 'text/markdown', 'application/json']

/** What may stand before the first tag. One piece is matched at a time: one expression for all of them would try every way to divide them, for minutes. */
const BEFORE = /\s+|<!--[^]*?-->|<\?xml[^>]*>/iy
/** A comment or a declaration that does not end within the sample is markup all the same. */
const TAG = /<(!--|!doctype\s+svg|!doctype|[a-z][\w:-]*)/iy

const firstTag = (text: string): string | undefined => {
  let at = 0
  for (BEFORE.lastIndex = 0; BEFORE.test(text);) at = BEFORE.lastIndex
  TAG.lastIndex = at

  return TAG.exec(text)?.[1]?.toLowerCase()
}

/** What a text with tags at its beginning is, which a browser would run. */
const markupOf = (text: string): string | undefined => {
  const tag = firstTag(text)
  if (tag === undefined) return undefined
  if (/^(?:!doctype\s+|[\w-]*:)?svg$/.test(tag)) return 'image/svg+xml'

  return text.trimStart().startsWith('<?xml') ? 'application/xml' : 'text/html'
}

/** UTF-8 without control characters; its last character may be cut off. */
const textOf = (sample: Buffer): string | undefined => {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(sample, { stream: true })

    return /[\x00-\x08\x0e-\x1a\x1c-\x1f]/.test(text) ? undefined : text
  } catch {
    return undefined
  }
}

const XML = ['application/xml', 'text/xml']

/**
 * The media type of a file by its first bytes. What its sender says counts only between kinds of plain text.
 *
 * @example await mediaTypeOf(Buffer.from('<svg onload="…"/>'), 'image/png') // 'image/svg+xml'
 */
export const mediaTypeOf = async (sample: Buffer, said?: string): Promise<string> => {
  // With the first file, not with each start.
  const { fileTypeFromBuffer } = require('file-type') as typeof FileType
  const known = await fileTypeFromBuffer(sample)
  if (known && !XML.includes(known.mime)) return known.mime
  const text = textOf(sample)
  if (text === undefined) return 'application/octet-stream'
  const markup = markupOf(text)
  if (markup !== undefined) return markup

  return said !== undefined && PLAIN.includes(said) ? said : 'text/plain'
}

/**
 * Whether a type is one of a list, which may have ranges such as `image/*`. SVG is in no range: it can hold scripts.
 *
 * @example isTaken('image/svg+xml', ['image/*']) // false
 */
export const isTaken = (type: string, types: readonly string[]): boolean =>
  types.some(
    (one) =>
      one === type || (one.endsWith('/*') && type.startsWith(one.slice(0, -1)) && type !== 'image/svg+xml')
  )
