import { withoutTrailing } from '../../../util/trim'
import type { Range } from '../column-type'

const NUMBER = /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/

/** Whether JSON.parse may have rounded it: 9007199254740993 arrives as …992, and the text that was sent is gone by then. */
export const isRounded = (value: unknown): boolean =>
  typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value)

const numberOf = (value: unknown): number =>
  typeof value === 'number' ? value : typeof value === 'string' && NUMBER.test(value) ? Number(value) : NaN

/** Whether it is a whole number of this range. */
export const isWhole = (value: unknown, { minimum, maximum }: Range): value is number =>
  Number.isInteger(value) && (value as number) >= minimum && (value as number) <= maximum

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

/** Reads a whole number out of a query. */
export const readWhole =
  (range: Range) =>
  (value: unknown): number | undefined => {
    const number = numberOf(value)
    return isWhole(number, range) ? number : undefined
  }

/** Reads a number out of a query. */
export const readNumber = (value: unknown): number | undefined => {
  const number = numberOf(value)
  return Number.isFinite(number) && !isChanged(value, number) ? number : undefined
}
