/**
 * A text without what it ends in. The expression /0+$/ begins anew at each zero of a row of them that something follows: of 70,000
 * characters, which a query has room for, that takes twelve seconds.
 *
 * @example withoutTrailing('1500', '0') // '15'
 */
export const withoutTrailing = (text: string, character: string): string => {
  let end = text.length
  while (end > 0 && text[end - 1] === character) end -= 1

  return text.slice(0, end)
}

/** @example withoutSlashes('/auth/login/') // 'auth/login' */
export const withoutSlashes = (path: string): string => withoutTrailing(path.replace(/^\/+/, ''), '/')
