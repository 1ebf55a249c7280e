const NUMBER = /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i

/** Whether a text is a number that PostgreSQL takes as one, and that a double can hold. */
export const isNumber = (value: unknown): boolean =>
  NUMBER.test(String(value)) && Number.isFinite(Number(value))

/** Digits as they were written, since a double could not tell 9007199254740993; an exponent as far as a double goes. */
export const decimalOf = (value: unknown): string =>
  /e/i.test(String(value)) ? String(Number(value)) : String(value)
