import type { Finding } from './problem'

const SNAKE = /^[a-z][a-z0-9_]*$/
/** PostgreSQL cuts a longer identifier, silently. */
const MAX_BYTES = 63

/** @example snake('firstName') // 'first_name' */
export const snake = (name: string): string =>
  name
    // Letters without their accents.
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/[^A-Za-z0-9]+/g, '_')
    .toLowerCase()
    .replace(/^[_0-9]+|_+$/g, '')

/** Why a name would not be the same word in SQL, in URLs and in JavaScript; undefined where it would. */
export const nameFinding = (name: string): Finding | undefined => {
  if (!SNAKE.test(name))
    return {
      what: `${name} is not a name in snake_case`,
      hint: `write ${snake(name) || 'a name of letters and digits'}`
    }
  if (name.length > MAX_BYTES)
    return { what: `${name} is longer than ${MAX_BYTES} bytes`, hint: `shorten ${name}` }

  return undefined
}

/** A row or a route of such a name would answer with what every JavaScript object inherits. */
export const inheritedFinding = (name: string): Finding | undefined =>
  name in Object.prototype
    ? { what: `${name} is a name that every object has`, hint: `choose another name than ${name}` }
    : undefined
