/**
 * Characters by which a program for tables takes a text for a formula, with their wide forms, behind any apostrophes.
 *
 * @see https://owasp.org/www-community/attacks/CSV_Injection
 */
const FORMULA = /^'*[=+\-@\t\r\n\uff0b\uff0d\uff1d\uff20]/
const ESCAPED = /^''*[=+\-@\t\r\n\uff0b\uff0d\uff1d\uff20]/

/**
 * A text that no program for tables takes for a formula: an apostrophe stands before what would be one. One that stands there already gets
 * another, so that reading takes back exactly what writing has added.
 *
 * @example neutralized('=1+1') // "'=1+1"
 */
const neutralized = (text: string): string => (FORMULA.test(text) ? `'${text}` : text)

/**
 * The text that was neutralized; any other text as it is.
 *
 * @example restored("'=1+1") // '=1+1'
 */
export const restored = (text: string): string => (ESCAPED.test(text) ? text.slice(1) : text)

/** The characters of both expressions that make a text a formula. */
export const FORMULA_STARTS = '=+-@\t\r\n\uff0b\uff0d\uff1d\uff20'

/** What no formula and no quote is in front of or within, as most texts are: found out without making another text. */
const PLAIN = /^(?:[^'=+\-@\t\r\n\uff0b\uff0d\uff1d\uff20"][^"]*)?$/

const quoted = (text: string): string =>
  PLAIN.test(text) ? `"${text}"` : `"${neutralized(text).replaceAll('"', '""')}"`

/** Numbers and booleans are never quoted, and so never taken for texts; nothing at all is null, and `""` an empty text. */
const cellOf = (value: unknown): string => {
  if (value === null || value === undefined) return ''
  if (typeof value === 'string') return quoted(value)

  return typeof value === 'object' ? quoted(JSON.stringify(value)) : String(value as number | boolean)
}

/** The end of a line of CSV (RFC 4180, section 2). */
export const CRLF = '\r\n'

/**
 * Lines of CSV that PostgreSQL has written in pieces, with values of lists and objects at odd places, whose JSON it spells in another way.
 *
 * @example csvOf([['7,', ['a'], '\r\n']]) // '7,"[""a""]"\r\n'
 */
export const csvOf = (rows: readonly (readonly unknown[])[]): string => {
  let text = ''
  for (const pieces of rows)
    for (let index = 0; index < pieces.length; index++)
      text += index % 2 === 0 ? (pieces[index] as string) : cellOf(pieces[index])

  return text
}

/**
 * One line of CSV: texts in quotes, lists and objects as JSON in quotes, numbers and booleans without. What is undefined is empty, as null is.
 *
 * @example csvLine([7, '=1+1', null]) // '7,"\'=1+1",\r\n'
 * @see https://www.rfc-editor.org/rfc/rfc4180
 */
export const csvLine = (values: readonly unknown[]): string => {
  let line = ''
  for (let index = 0; index < values.length; index++) line += (index === 0 ? '' : ',') + cellOf(values[index])

  return line + CRLF
}
