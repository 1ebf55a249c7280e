/** Letters beyond ASCII that PostgreSQL folds into one of ASCII: the Kelvin sign, and I with a dot. */
const FOLDED: Readonly<Record<string, string>> = { '\u212A': 'k', '\u0130': 'i' }

const charactersOf = (text: string): string[] =>
  [...text].map(
    (character) => FOLDED[character] ?? (character < '\x80' ? character.toLowerCase() : character)
  )

const ANY = Symbol('any text')
const ONE = Symbol('any character')
type Part = string | typeof ANY | typeof ONE

/** A backslash makes a wildcard the character that it is written as. */
const partsOf = (pattern: string): Part[] => {
  const parts: Part[] = []
  const characters = charactersOf(pattern)
  for (let index = 0; index < characters.length; index++) {
    const character = characters[index]!
    if (character === '\\') parts.push(characters[++index] ?? '\\')
    else parts.push(character === '%' ? ANY : character === '_' ? ONE : character)
  }

  return parts
} // prettier-ignore

/**
 * Whether a text is of a pattern as ILIKE reads it, for patterns whose letters are of ASCII. Steps back to the last `%` only, so that a
 * pattern of many costs no more than its length times that of the text.
 *
 * @example isLike('Red Shoe', '%shoe') // true
 */
export const isLike = (text: string, pattern: string): boolean => {
  const [characters, parts] = [charactersOf(text), partsOf(pattern)]
  let [at, part] = [0, 0]
  let [lastAny, resumeAt] = [-1, 0]
  while (at < characters.length) {
    if (parts[part] === ANY) [lastAny, resumeAt, part] = [part, at, part + 1]
    else if (parts[part] === ONE || parts[part] === characters[at]) [at, part] = [at + 1, part + 1]
    else if (lastAny >= 0) [part, at, resumeAt] = [lastAny + 1, resumeAt + 1, resumeAt + 1]
    else return false
  }

  return parts.slice(part).every((rest) => rest === ANY)
}
