import { randomInt } from 'crypto'

// Without what is taken for another when it is read: 0 and O, 1, I and L, U and V.
const LETTERS = '23456789ABCDEFGHJKMNPQRSTWXYZ'
const GROUPS = 4
const LETTERS_IN_GROUP = 6
const COUNT = 10
const CODE = new RegExp(`^[${LETTERS}]{${GROUPS * LETTERS_IN_GROUP}}$`)

const group = () =>
  Array.from({ length: LETTERS_IN_GROUP }, () => LETTERS[randomInt(LETTERS.length)]).join('')

/** Ten codes of 116 random bits: more than can be guessed, so that a fast hash is enough (OWASP ASVS 5, 6.5.2). */
export const newRecoveryCodes = (): string[] =>
  Array.from({ length: COUNT }, () => Array.from({ length: GROUPS }, group).join('-'))

/** `code` without what stands between its letters. */
export const isRecoveryCode = (code: string): boolean => CODE.test(code)
