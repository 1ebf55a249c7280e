/** Stands around each value in a text that PostgreSQL wrote; no text of JSON has it, since control characters are escaped there. */
const MARK = '\x01'

/** A list or an object without anything in it is spelled alike everywhere. */
const respell = (value: string): string => (value.length === 2 ? value : JSON.stringify(JSON.parse(value)))

/**
 * The pieces of a text of JSON in which the values between two characters U+0001 are spelled as JavaScript does: PostgreSQL writes the
 * spaces, the digits and the order of keys of a `jsonb` in another way. In pieces, so that a long text is put together only once.
 *
 * @example respelledPieces('{"id":7,"attributes":\x01{"size": 1.0}\x01}') // ['{"id":7,"attributes":', '{"size":1}', '}']
 * @throws SyntaxError for a value that is no JSON
 */
export const respelledPieces = (text: string): string[] => {
  const pieces = text.split(MARK)
  for (let index = 1; index < pieces.length; index += 2) pieces[index] = respell(pieces[index]!)

  return pieces
}

/**
 * The same as one text.
 *
 * @example respelled('{"id":7,"attributes":\x01{"size": 1.0}\x01}') // '{"id":7,"attributes":{"size":1}}'
 * @throws SyntaxError for a value that is no JSON
 */
export const respelled = (text: string): string =>
  text.includes(MARK) ? respelledPieces(text).join('') : text
