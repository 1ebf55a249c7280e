type Value = unknown

const pair = (name: string, value: string) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`

/** A URL has texts only, and `null` is a text as well: whether there is a value is an operator of its own. */
const nullPair = (name: string) =>
  name.endsWith('[$ne]')
    ? pair(name.replace(/\[\$ne\]$/, '[$null]'), 'false')
    : pair(`${name}[$null]`, 'true')

const pairs = (name: string, value: Value): string[] => {
  if (value === undefined) return []
  if (value === null) return [nullPair(name)]
  if (Array.isArray(value)) return value.flatMap((item: Value, index) => pairs(`${name}[${index}]`, item))
  if (value instanceof Date) return pairs(name, value.toISOString())
  if (typeof value === 'object')
    return Object.entries(value).flatMap(([key, inner]) => pairs(`${name}[${key}]`, inner))

  return [pair(name, String(value))]
}

/**
 * A query as the server reads it from a URL.
 *
 * @example queryString({ status: { $in: ['a', 'b'] }, $limit: 5 }) // '?status%5B%24in%5D%5B0%5D=a&status%5B%24in%5D%5B1%5D=b&%24limit=5'
 */
export const queryString = (query: object = {}): string => {
  const text = Object.entries(query)
    .flatMap(([name, value]) => pairs(name, value))
    .join('&')
  return text && `?${text}`
}
