import { prefixOf } from '../prefix'

/** Where a list was asked: its path behind the prefix, and the query as it came. */
export interface ListAddress {
  readonly path: string
  readonly query: object
  /** Of the API; 1 where it is left out. */
  readonly version?: number
}

const flatten = (value: unknown, prefix: string): [string, string][] =>
  typeof value === 'object' && value !== null
    ? Object.entries(value).flatMap(([key, inner]) =>
        // By its index: each `[]` would begin another element, and an alternative of two terms become two alternatives.
        flatten(inner, `${prefix}[${key}]`)
      )
    : [[prefix, String(value)]]

const plain = (name: string) => name.replace(/^\$/, '')

/**
 * The path and query of a list with some parameters changed, in whichever spelling the query has them; those that become undefined are
 * left out.
 *
 * @example
 * listAddress({ path: 'tasks', query: { status: 'pending', page_size: 10 } }, { page: 2 })
 * // '/api/v1/tasks?status=pending&page_size=10&page=2'
 */
export const listAddress = ({ path, query, version = 1 }: ListAddress, changed: object): string => {
  const left = new Map<string, unknown>(Object.entries(changed))
  const kept = Object.entries(query).map(([name, value]): [string, unknown] => {
    if (!left.has(plain(name))) return [name, value]
    const other = left.get(plain(name))
    left.delete(plain(name))

    return [name, other]
  })
  const entries = [...kept, ...left].flatMap(([key, value]) =>
    value === undefined ? [] : flatten(value, key)
  )

  return `${prefixOf(version)}/${path}?${new URLSearchParams(entries).toString()}`
}
