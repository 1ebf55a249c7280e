import type { ErrorCode } from '../errors/errors'

/** What one message may hold, whichever transport it comes by, before any of it is parsed. */
export const JSON_BOUNDS = { members: 50_000, depth: 200 }

export interface JsonProblem {
  readonly code: ErrorCode
  /** What follows on the name of the message: `nests more than 200 deep`. */
  readonly reason: string
}

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c
const UNDERSCORE = 0x5f
/** `[` and `{`, and their counterparts, differ in one bit. */
const CASE = 0x20
const OPENING = 0x7b
const CLOSING = 0x7d

const PROTOTYPE = '__proto__'
/** Any character of a key may be written as six, such as \u005f. */
const LONGEST = 6 * PROTOTYPE.length
const IS_KEY = /"[ \t\r\n]*:/y

/** Whether the text between these quotes is the key `__proto__`, however it is written. */
const isPrototype = (text: string, start: number, end: number): boolean => {
  const length = end - start - 1
  if (length < PROTOTYPE.length || length > LONGEST) return false
  const first = text.charCodeAt(start + 1)
  if (first !== UNDERSCORE && first !== BACKSLASH) return false
  const key = text.slice(start + 1, end)
  const plain = key.replace(/\\u([0-9a-f]{4})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)))
  IS_KEY.lastIndex = end

  return plain === PROTOTYPE && IS_KEY.test(text)
}

/** Whether the quote at `index` is a character of a text: behind an odd number of backslashes. */
const isEscaped = (text: string, index: number): boolean => {
  let start = index
  while (text.charCodeAt(start - 1) === BACKSLASH) start -= 1

  return (index - start) % 2 === 1
}

/** Where the text that begins at `start` ends. */
const endOfText = (text: string, start: number): number => {
  let end = text.indexOf('"', start + 1)
  while (end !== -1 && isEscaped(text, end)) end = text.indexOf('"', end + 1)

  return end === -1 ? text.length : end
}

/**
 * Why JSON is refused before it is parsed, or undefined. Keys and list items are counted by their commas and depth by brackets, in one
 * pass that makes no object: parsing 85,000 keys, and looking at each of them, would hold every other call of the process for a second.
 * A key `__proto__`, which is never meant well, is found on the way.
 * Whether the text is JSON at all is for the parser to say.
 *
 * @example jsonProblem('[1,2]') // undefined
 */
export const jsonProblem = (text: string, { members, depth } = JSON_BOUNDS): JsonProblem | undefined => {
  let count = 0
  let nested = 0
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (code === QUOTE) {
      const end = endOfText(text, index)
      if (isPrototype(text, index, end))
        return { code: 'MALFORMED_BODY', reason: 'must not have a key __proto__' }
      index = end
    } else if (code === COMMA) count += 1
    else if ((code | CASE) === OPENING) {
      count += 1
      nested += 1
    } else if ((code | CASE) === CLOSING) nested -= 1
    if (count > members)
      return { code: 'PAYLOAD_TOO_LARGE', reason: `hold more than ${members} keys and list items` }
    if (nested > depth) return { code: 'BAD_REQUEST', reason: `nest more than ${depth} deep` }
  }

  return undefined
}
