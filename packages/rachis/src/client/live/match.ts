import type { Row } from './row'

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date)

/** Times come as texts, and are asked for as dates as well. */
const plain = (value: unknown): unknown => (value instanceof Date ? value.toISOString() : (value ?? null))

const equal = (a: unknown, b: unknown) => plain(a) === plain(b)
const includes = (list: unknown, value: unknown) => (list as unknown[]).some((item) => equal(item, value))
const ordered = (a: unknown, b: unknown, holds: (a: string | number, b: string | number) => boolean) =>
  plain(a) !== null && holds(plain(a) as number, plain(b) as number)

/** What is compared with null is neither true nor false in SQL, so it does not match; `$ne: null` asks for any value. */
const OPERATORS: Readonly<Record<string, (value: unknown, operand: unknown) => boolean>> = {
  $in: (value, list) => includes(list, value),
  $nin: (value, list) => plain(value) !== null && !includes(list, value),
  $ne: (value, other) => plain(value) !== null && !equal(value, other),
  $gt: (value, other) => ordered(value, other, (a, b) => a > b),
  $gte: (value, other) => ordered(value, other, (a, b) => a >= b),
  $lt: (value, other) => ordered(value, other, (a, b) => a < b),
  $lte: (value, other) => ordered(value, other, (a, b) => a <= b),
  $null: (value, isNull) => equal(value, null) === isNull,
  $contains: (value, item) => Array.isArray(value) && includes(value, item)
}

const matchesField = (value: unknown, condition: unknown): boolean => {
  if (!isObject(condition)) return equal(value, condition)
  return Object.entries(condition).every(([name, operand]) => OPERATORS[name]?.(value, operand) ?? false)
}

/**
 * Whether a record that the server has not seen yet would be found. Only optimistic records are asked: which others belong to a list is said by
 * the server. What cannot be told here does not match.
 *
 * @example matches({ status: 'open', $sort: { id: 1 } }, { status: 'open' }) // true
 */
export const matches = (query: object, row: Row): boolean =>
  Object.entries(query).every(([name, condition]) => {
    if (name === '$or') return (condition as object[]).some((inner) => matches(inner, row))
    if (name === '$and') return (condition as object[]).every((inner) => matches(inner, row))
    return name.startsWith('$') || matchesField(row[name], condition)
  })
