import { decimalOf, isNumber } from '../declare/decimal'
import { isLike } from './like'
import type { ValueTest } from './value'
import { withoutTrailing } from '../util/trim'

/** An index as PostgreSQL reads one; from the end where it is negative. */
const INDEX = /^[ \t\n\v\f\r]*[+-]?\d+$/
const INT4 = 2147483647

const itemAt = (list: readonly unknown[], step: string): unknown => {
  const index = INDEX.test(step) ? Number(step) : NaN
  if (!(Math.abs(index) <= INT4)) return undefined

  return list[index < 0 ? list.length + index : index]
}

const valueAt = (value: unknown, path: readonly string[]): unknown =>
  path.reduce<unknown>((inner, step) => {
    if (Array.isArray(inner)) return itemAt(inner, step)
    const isKnown = typeof inner === 'object' && inner !== null && Object.hasOwn(inner, step)

    return isKnown ? (inner as Record<string, unknown>)[step] : undefined
  }, value)

/** A number without an exponent, as PostgreSQL writes it. */
const plainNumber = (value: number): string => {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]?\d+))?$/.exec(String(value)) ?? []
  const shift = Number(exponent)
  if (shift === 0) return String(value)
  if (shift < 0) return `${sign}0.${whole.padStart(-shift, '0')}${fraction}`

  return `${sign}${whole}${fraction.padEnd(shift, '0')}`
}

const byLengthThenBytes = ([a]: [string, unknown], [b]: [string, unknown]): number => {
  const [left, right] = [Buffer.from(a), Buffer.from(b)]
  return left.length - right.length || left.compare(right)
}

/** JSON as `jsonb` writes it: shorter keys first, and a blank behind each comma and colon. */
const jsonbText = (value: unknown): string => {
  if (typeof value === 'number') return plainNumber(value)
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(jsonbText).join(', ')}]`
  const members = Object.entries(value).sort(byLengthThenBytes)

  return `{${members.map(([key, inner]) => `${JSON.stringify(key)}: ${jsonbText(inner)}`).join(', ')}}`
}

/** The text at a path, as `#>>` gives it; null where there is nothing, or the null of JSON. */
export const textAt = (object: unknown, path: readonly string[]): string | null => {
  const value = valueAt(object, path) ?? null
  if (value === null || typeof value === 'string') return value

  return jsonbText(value)
}

/** Sign, digits without zeros around, and where the point is: the same for all spellings of a number. */
const canonical = (decimal: string): string => {
  const [, sign = '', whole = '', fraction = ''] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(decimal) ?? []
  const [head, tail] = [whole.replace(/^0+/, ''), withoutTrailing(fraction, '0')]

  return head + tail === '' ? '0' : `${sign}${head}.${tail}`
}

const numberText = (operand: unknown): string | undefined => {
  if (!isNumber(operand)) return undefined
  const text = decimalOf(operand)

  return canonical(/e/i.test(text) ? plainNumber(Number(text)) : text)
}

const equals = (value: unknown, text: string, operand: unknown): boolean => {
  const number = typeof value === 'number' ? numberText(operand) : undefined
  return number === undefined ? text === operand : canonical(plainNumber(value as number)) === number
}

/** Of numbers a list holds those that are numbers; its other texts are compared with texts. */
const isListed = (value: unknown, text: string, values: readonly unknown[]): boolean => {
  if (typeof value !== 'number' || !values.some(isNumber)) return values.includes(text)
  return values.filter(isNumber).some((item) => equals(value, text, item))
}

/** Whether a test holds of the value at a path, where there is one. Numbers are compared as numbers, everything else as text. */
export const jsonHolds = (test: ValueTest, object: unknown, path: readonly string[]): boolean => {
  const [value, text] = [valueAt(object, path), textAt(object, path) ?? '']
  switch (test.kind) {
    case 'compare':
      return equals(value, text, test.operand) === (test.comparison === '=')
    case 'in':
      return isListed(value, text, test.values)
    case 'like':
      return isLike(text, test.pattern)
    case 'is-null':
      return false
    case 'contains':
      throw new Error('A path leads to one text, and to no list of them')
    default:
      return test satisfies never
  }
}
