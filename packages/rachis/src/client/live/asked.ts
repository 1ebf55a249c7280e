import { RachisError } from '../errors'
import type { Sort } from './order'

/** What a list asks for, taken apart. */
export interface Asked {
  readonly path: string
  readonly filter: object
  readonly sort: Sort
  /** Undefined for all that there are. */
  readonly limit?: number
}

/** The same text for queries that ask the same: the order of their keys means nothing. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_name, inner: unknown) =>
    inner && typeof inner === 'object' && !Array.isArray(inner) && !(inner instanceof Date)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner
  )

/** @example toAsked('tasks', { status: 'open', $sort: { id: -1 } }) // { path: 'tasks', filter: { status: 'open' }, sort: { id: -1 } } */
export const toAsked = (path: string, query: object = {}): Asked => {
  const { $sort = {}, $limit, ...filter } = query as { $sort?: Sort; $limit?: number }
  return { path, filter, sort: $sort, ...($limit === undefined ? {} : { limit: $limit }) }
}

/** What is wrong with an order that the events of the records themselves cannot keep: by `category.name` a change of another record moves them. */
export const orderProblem = ({ sort }: Asked): RachisError | undefined => {
  const name = Object.keys(sort).find((one) => one.includes('.'))

  return name === undefined
    ? undefined
    : new RachisError('NOT_SUBSCRIBABLE', 422, {
        field: '$sort',
        message: `A live list cannot be sorted by ${name}: where a record stands depends on other records`,
        hint: 'Sort by fields of the record itself'
      })
}

/** Equal for lists that show the same. The order of the fields of a sort means something. */
export const keyOf = ({ path, filter, sort, limit }: Asked): string =>
  `${path} ${canonical(filter)} ${JSON.stringify([sort, limit])}`
