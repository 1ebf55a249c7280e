/**
 * A function of a list that gives its last answer again where it is asked with the same parts: tests make the same application many times in one
 * process. What it answers is shared, so that it must be frozen. Nothing is remembered where it throws.
 *
 * @param make is given the parts, and options that are compared as JSON
 * @example
 * const lower = rememberLast((resources: readonly object[]) => Object.freeze([...resources]))
 * lower([notes]) === lower([notes]) // true
 */
export const rememberLast = <T, A, O extends object = object>(
  make: (parts: readonly T[], options: O) => A
): ((parts: readonly T[], options?: O) => A) => {
  let last: { readonly parts: readonly T[]; readonly key: string; readonly answer: A } | undefined

  return (parts, options = {} as O) => {
    const key = JSON.stringify(options)
    const isSame =
      last?.key === key &&
      last.parts.length === parts.length &&
      last.parts.every((part, index) => part === parts[index])
    if (!isSame) last = { parts: [...parts], key, answer: make(parts, options) }

    return last!.answer
  }
}
