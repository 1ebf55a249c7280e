import { randomInt } from 'crypto'

// Without what is taken for another when read aloud or by hand: 0 and O, 1, I and L, U and V.
const LETTERS = '23456789ABCDEFGHJKMNPQRSTWXYZ'
/** @example orderNumber() // 'ORD-7KQ2M9XWPA' */
export const orderNumber = () =>
  `ORD-${Array.from({ length: 10 }, () => LETTERS[randomInt(LETTERS.length)]).join('')}`
