/** A step of a path: words between dots, or any text in double quotes, such as a key that has a dot itself. */
const STEP = /\.(?:"((?:[^"\\]|\\["\\])*)"|([^."]+))/y
const MAX_STEPS = 10
const MAX_STEP = 1000

export interface JsonPath {
  readonly column: string
  readonly path: readonly string[]
}

/**
 * Reads the name of a value inside an object column. Keys may hold any letters; a key with a dot, or one that begins with `$`,
 * stands in double quotes.
 *
 * @example parseJsonPath('attributes.größe') // { column: 'attributes', path: ['größe'] }
 * @example parseJsonPath('attributes."a.b".c') // { column: 'attributes', path: ['a.b', 'c'] }
 * @returns undefined for what is no path of at most 10 keys of 1 to 1,000 characters
 */
export const parseJsonPath = (key: string): JsonPath | undefined => {
  const [column = ''] = key.split('.', 1)
  const path: string[] = []
  STEP.lastIndex = column.length
  while (STEP.lastIndex < key.length) {
    const [whole, quoted, plain] = STEP.exec(key) ?? []
    const step = quoted === undefined ? plain : quoted.replace(/\\(["\\])/g, '$1')
    // A regular expression that does not match begins at 0 the next time, which would be no end.
    if (whole === undefined || step === undefined || step.length > MAX_STEP || path.length === MAX_STEPS)
      return undefined
    if (step.includes('\0')) return undefined
    path.push(step)
  }

  return path.length > 0 ? { column, path } : undefined
}
