import { PREFIX } from '../prefix'

/** Where a list was asked: its path behind the prefix, and the query as it came. */
export interface ListAddress {
  readonly path: string
  readonly query: object
}

const flatten = (value: unknown, prefix: string): [string, string][] =>
  typeof value === 'object' && value !== null
    ? Object.entries(value).flatMap(([key, inner]) =>
        // By its index: each `[]` would begin another element, and an alternative of two terms become two alternatives.
        flatten(inner, `${prefix}[${key}]`)
      )
    : [[prefix, String(value)]]

/**
 * The path and query of a list with some parameters changed.
 *
 * @example
 * listAddress({ path: 'tasks', query: { status: 'pending', page_size: 10 } }, { page: 2 })
 * // '/api/v1/tasks?status=pending&page_size=10&page=2'
 */
export const listAddress = ({ path, query }: ListAddress, changed: object): string => {
  const entries = Object.entries({ ...query, ...changed }).flatMap(([key, value]) => flatten(value, key))

  return `${PREFIX}/${path}?${new URLSearchParams(entries).toString()}`
}
