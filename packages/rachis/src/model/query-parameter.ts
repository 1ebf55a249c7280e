import { ApiError, validationError } from '../errors/errors'

/** A query as it came, in either spelling. */
export type Raw = Readonly<Record<string, unknown>>

export const badQuery = (field: string, message: string, hint?: string) =>
  new ApiError('BAD_QUERY', { field, message, hint })

/**
 * The value of one parameter that has two names.
 *
 * @example pick({ limit: '5' }, '$limit', 'limit') // '5'
 * @throws {ApiError} BAD_QUERY when both names are sent: the value of one of them would be ignored
 */
export const pick = (raw: Raw, ...names: readonly string[]): unknown => {
  const [given, again] = names.filter((name) => raw[name] !== undefined)
  if (again)
    throw badQuery(again, `${given} and ${again} are one parameter: send it once`, `Leave ${again} out`)

  return given === undefined ? undefined : raw[given]
}

/** What numbers in a query have at most: fifteen digits, which JSON and JavaScript keep as they are. */
const MAX_NUMBER = 999_999_999_999_999

const twice = (name: string) => badQuery(name, `${name} stands in the query twice`, `Send ${name} once`)

const isTooLarge = (value: unknown): boolean =>
  typeof value === 'string' ? /^\d{16,}$/.test(value) : typeof value === 'number' && value > MAX_NUMBER

/**
 * A number that a query gives, or `usual` where it gives none. A query string gives numbers as texts.
 *
 * @example wholeNumber('page', 1, '3', 1) // 3
 * @throws {ApiError} VALIDATION_ERROR when the value is not a whole number from `minimum` on, BAD_QUERY where it stands in the query twice
 */
export const wholeNumber = (name: string, minimum: number, value: unknown, usual: number): number => {
  if (value === undefined) return usual
  if (Array.isArray(value) && value.length > 1) throw twice(name)
  const number = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value
  if (
    typeof number !== 'number' ||
    !Number.isSafeInteger(number) ||
    number < minimum ||
    number > MAX_NUMBER
  ) {
    const provided = typeof value === 'object' ? undefined : value
    const [sign, rule, expected] = isTooLarge(value)
      ? (['<=', 'maximum', MAX_NUMBER] as const)
      : (['>=', 'minimum', minimum] as const)
    throw validationError([
      { field: name, message: `must be a whole number ${sign} ${expected}`, rule, expected, provided }
    ]) // prettier-ignore
  }

  return number
}

/**
 * The text of one parameter; undefined where it is not there.
 *
 * @example textIn({ after: '1.5' }, 'after') // '1.5'
 * @throws {ApiError} BAD_QUERY where it stands in the query twice
 */
export const textIn = (raw: Readonly<Record<string, unknown>>, name: string): string | undefined => {
  const value = raw[name]
  if (value === undefined || typeof value === 'string') return value
  throw twice(name)
}
