import type { FieldInfo } from '../declare'
import { normalized } from '../declare'
import { isFreeText } from '../declare/operators'
import type { ErrorDetail } from '../errors/errors'
import { repeated, validationError } from '../errors/errors'
import { withoutTrailing } from '../util/trim'

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
const DATE = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/
// RFC 3339, section 5.6.
const INSTANT = /^\d{4}-\d{2}-\d{2}[Tt ]([01]\d|2[0-3]):\d{2}(:\d{2}(\.\d+)?)?([Zz]|[+-]\d{2}:\d{2})$/
const NUMBER = /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/
const INT4 = 2147483647

type Reader = (value: unknown, field: FieldInfo) => unknown
const NO = Symbol('not a value of this type')

const numberOf = (value: unknown): number =>
  typeof value === 'number' ? value : typeof value === 'string' && NUMBER.test(value) ? Number(value) : NaN
const wholeNumber = (minimum: number, maximum: number) => (value: unknown) => {
  const number = numberOf(value)
  return Number.isInteger(number) && number >= minimum && number <= maximum ? number : NO
}
/** Whether JSON.parse may have rounded it: 9007199254740993 arrives as …992, and the text that was sent is gone by then. */
export const isRounded = (value: unknown): boolean =>
  typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value)
/** Digits and exponent, so that 1e+21, 1E21 and its 22 digits are one: `['1', 21]`. */
const digitsOf = (text: string): string => {
  const [, wholeNumber = '', fraction = '', exponent = '0'] =
    /^-?(\d+)(?:\.(\d+))?(?:e([+-]?\d+))?$/i.exec(text) ?? []
  const digits = `${wholeNumber}${fraction}`.replace(/^0+/, '')
  const kept = withoutTrailing(digits, '0')

  return `${kept}e${Number(exponent) - fraction.length + digits.length - kept.length}`
}
/**
 * A whole number that a double cannot hold would be compared as another one. Of a number, which comes over a socket, it cannot be told
 * any more what was sent; a text of the same digits as the double's own is what was answered.
 */
const isChanged = (value: unknown, number: number) =>
  isRounded(number) && !(typeof value === 'string' && digitsOf(value) === digitsOf(String(number)))
const finite: Reader = (value) => {
  const number = numberOf(value)
  return Number.isFinite(number) && !isChanged(value, number) ? number : NO
}
/** A text column of ids of several resources, such as `record_id` of the audit, takes numbers as well. */
const isAlsoNumber = ({ value: { type } }: FieldInfo) => Array.isArray(type) && type.includes('integer')
const readTextArray: Reader = (value, field) => {
  if (typeof value === 'number' && isAlsoNumber(field)) return String(value)
  if (typeof value !== 'string' || value.length > 10_000 || value.includes('\0')) return NO
  const text = normalized(value, field)

  return field.enum && !field.enum.includes(text) ? NO : text
}

/** JavaScript takes 30 February for 2 March. */
const isOnCalendar = (day: string) => {
  const date = new Date(`${day}T00:00:00Z`)
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(day)
}

/** An instant as rows have it: UTC, milliseconds, Z. A date alone means its midnight, UTC. */
export const instantOf = (value: unknown): string | undefined => {
  if (typeof value !== 'string' || !(INSTANT.test(value) || DATE.test(value))) return undefined
  if (!isOnCalendar(value.slice(0, 10))) return undefined
  // What is not in its own format JavaScript reads as it likes: with a blank, the year 0049 as 2049.
  const date = new Date(value.toUpperCase().replace(' ', 'T'))
  const year = date.getUTCFullYear()

  return Number.isNaN(date.getTime()) || year < 1 || year > 9999 ? undefined : date.toISOString()
}

const READERS: Partial<Record<FieldInfo['type'], Reader>> = {
  bigint: wholeNumber(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER),
  integer: wholeNumber(-INT4 - 1, INT4),
  'double precision': finite,
  'numeric(12,2)': finite,
  text: readTextArray,
  boolean: (value) =>
    value === true || value === 'true' ? true : value === false || value === 'false' ? false : NO,
  uuid: (value) => (typeof value === 'string' && UUID.test(value) ? value.toLowerCase() : NO),
  date: (value) => (typeof value === 'string' && DATE.test(value) && instantOf(value) ? value : NO),
  'timestamptz(3)': (value) => instantOf(value) ?? NO
}
const NAMES: Partial<Record<FieldInfo['type'], string>> = {
  bigint: 'a whole number', integer: 'a whole number', 'double precision': 'a number', 'numeric(12,2)': 'a number',
  text: 'a text of at most 10000 characters', boolean: 'true or false', uuid: 'a UUID', date: 'a date such as 2026-01-31',
  'timestamptz(3)': 'a time such as 2026-01-31T12:00:00Z'
} // prettier-ignore

export const describeType = ({ enum: options, type }: FieldInfo) =>
  options ? `one of ${options.join(', ')}` : (NAMES[type] ?? type)

const problem = (field: FieldInfo, value: unknown): ErrorDetail => ({
  field: field.name,
  message: `must be ${describeType(field)}${isRounded(value) ? ': send whole numbers beyond 9007199254740991 as a text' : ''}`,
  rule: field.enum ? 'enum' : 'type',
  expected: field.enum ?? NAMES[field.type],
  ...(field.hidden || typeof value === 'object'
    ? {}
    : { provided: typeof value === 'string' ? repeated(value) : value })
})

/**
 * A value out of a query, where everything may be a string, in the type of its field.
 *
 * @example readValue(price, '12.50') // 12.5
 * @throws VALIDATION_ERROR with the field and what was expected
 */
export const readValue = (field: FieldInfo, value: unknown): unknown => {
  if (value === null || (value === 'null' && field.type !== 'text')) return null
  const read = READERS[field.type]?.(value, field) ?? NO
  if (read === NO) throw validationError([problem(field, value)])

  return read
}

/** `a,b` is the list that `[]=a&[]=b` is. */
export const listOf = (value: unknown): unknown => (typeof value === 'string' ? value.split(',') : value)

/** The values of a list in either spelling, not yet read: only a free text may hold a comma itself. Undefined where it is no list. */
export const valuesOf = (field: FieldInfo, value: unknown): unknown[] | undefined => {
  const list = listOf(value)
  if (!Array.isArray(list) || isFreeText(field)) return Array.isArray(list) ? list : undefined

  return list.flatMap((item) => (Array.isArray(item) ? [item] : listOf(item)))
}

/** An id out of a path or a call; undefined where no record could have it. `01` and `1e0` are no other names of 1. */
export const readId = (field: FieldInfo, value: unknown): string | number | undefined => {
  const read = READERS[field.type]!(value, field)
  if (read === NO || (typeof read === 'number' && (read < 1 || String(read) !== String(value))))
    return undefined

  return read as string | number
}
