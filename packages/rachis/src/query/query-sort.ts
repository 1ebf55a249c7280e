import type { FieldInfo } from '../declare'
import { isSortable } from '../declare/column-types'
import { repeated } from '../errors/errors'
import { maskOf } from '../rules/masks'
import type { Joined, JoinedByName, JoinedRecords } from '../sql/joined'
import type { Sort } from '../sql/order-by'
import { isObject } from '../util/is-object'
import { badQuery, invalidValue } from './query-scope'
import type { Followed, Scope } from './query-scope'

/** Each of them is one more table to join, for all records that the filters leave. */
const MAX_DEPTH = 3
/** Of all fields of an order together. */
const MAX_JOINED = 6

const directed = (part: string): [string, number] => (part.startsWith('-') ? [part.slice(1), -1] : [part, 1])

const directionOf = (name: string, value: unknown): 1 | -1 => {
  const direction = typeof value === 'string' ? Number(value) : value
  if (direction !== 1 && direction !== -1)
    throw invalidValue({ field: name, message: 'must sort by 1 or -1', rule: 'enum', expected: [1, -1] })

  return direction
}

/** `-price,name`, the same as a list, or Feathers' `{ price: -1, name: 1 }`. */
const sortEntries = (raw: unknown): [string, unknown][] | undefined => {
  if (isObject(raw)) return Object.entries(raw)
  const parts = [raw].flat()

  return parts.every((part) => typeof part === 'string')
    ? parts.flatMap((part) => part.split(',')).map(directed)
    : undefined
}

/**
 * The fields that a query sorts by, with their directions.
 *
 * @param resolve what a name stands for in the order; refuses a name that cannot be sorted by
 */
export const readSort = (raw: unknown, resolve: (name: string) => string): Sort => {
  const entries = sortEntries(raw)
  if (!entries || entries.length > 10)
    throw badQuery('$sort', 'Sort by at most ten fields: sort=-price,name or $sort[price]=-1')

  const names = entries.map(([name]) => name)
  const empty = names.find((name) => name.split('.').includes(''))
  if (empty !== undefined)
    throw badQuery(empty || '$sort', `sort names no field${empty && ` in ${repeated(empty)}`}`, 'Leave it out, or sort by a field: sort=-price') // prettier-ignore
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined)
    throw badQuery(twice, `sort names ${repeated(twice)} twice`, `Sort by ${repeated(twice)} once`)

  return Object.fromEntries(entries.map(([name, direction]) => [resolve(name), directionOf(name, direction)]))
}

/** `price:desc`, `price desc` and `+price` as other APIs sort. */
const directionHint = ({ readable }: Scope, name: string, path: string): string | undefined => {
  if (readable.includes(name)) return undefined
  if (/^(asc|desc)$/i.test(name)) return 'A dash sorts downwards: sort=-price'
  const [, field = '', direction = ''] = /^[ +]?(\w{1,63})(?:[ :.](asc|desc))?$/i.exec(name) ?? []
  const dash = direction.toLowerCase() === 'desc' ? '-' : ''

  return readable.includes(field) ? `Did you mean sort=${dash}${path}${field}?` : undefined
}

/** `categry.name` was probably meant to begin with a relation, and `category` to end with a field; a path into an object has no order. */
const relationHint = (scope: Scope, name: string): string | undefined => {
  const [head = '', ...rest] = name.split('.')
  if (rest.length > 0) return scope.model.fields.has(head) ? undefined : scope.hint(head, 'include')
  const isRelation = scope.model.relations.some((one) => one.name === head && one.kind === 'one')

  return isRelation && !scope.model.fields.has(head)
    ? `Sort by a field of ${head}, such as sort=${head}.id`
    : undefined
}

/** @param path the relations that lead to the resource, such as `category.` */
const sortedField = (scope: Scope, name: string, path = ''): FieldInfo => {
  const hint = directionHint(scope, name, path) ?? relationHint(scope, name)
  if (hint) throw badQuery(path + name, `${name} is not a field of ${scope.model.name}`, hint)
  const field = scope.field(name)
  if (!isSortable(field)) throw badQuery(path + name, `${path}${name} has no order`)

  return field
}

const assertOne = ({ relation: { kind } }: Followed, path: string, depth: number) => {
  if (kind === 'many')
    throw badQuery(path, `${path} leads to many records, of which none is the one to sort by`, 'A list is sorted by fields of its own, and by those of a record that each of its records refers to') // prettier-ignore
  if (depth > MAX_DEPTH)
    throw badQuery(path, `A list is sorted by fields of relations at most ${MAX_DEPTH} deep`)
}

const assertFew = (steps: number, name: string) => {
  if (steps <= MAX_JOINED) return
  const message = `A list is sorted by fields that are at most ${MAX_JOINED} relations away, all of them together`
  throw badQuery(name, message, 'Sort by fewer fields of related records')
}

type Value = Pick<Joined, 'from' | 'type' | 'words'>

/** What a path through relations leads to; undefined for a name that begins with none. */
const joinedValue = (scope: Scope, name: string, path = '', depth = 1): Value | undefined => {
  const [head = '', ...rest] = name.split('.')
  const followed = rest.length > 0 ? scope.follow(head) : undefined
  if (!followed) return undefined
  assertOne(followed, path + head, depth)
  const { relation, restrict, scope: inner } = followed
  const behind = rest.join('.')
  const deeper = joinedValue(inner, behind, `${path}${head}.`, depth + 1)
  const records = (read: JoinedRecords['read']): JoinedRecords => ({
    key: relation.column,
    shown: maskOf(scope.masks, relation.column),
    resource: relation.target.name,
    table: relation.target.source ?? relation.target.name,
    by: relation.by,
    where: restrict,
    read
  })
  if (deeper) return { ...deeper, from: records(deeper.from) }
  const { name: column, type, enum: words } = sortedField(inner, behind, `${path}${head}.`)

  return { type, words, from: records({ column, mask: maskOf(inner.masks, column) }) }
}

/** An order, with what the names of related records in it stand for. */
export interface ParsedSort {
  readonly sort: Sort
  readonly joined?: JoinedByName
}

/**
 * The order that a query asks for, checked against the fields that its reader may read, also of related records.
 *
 * @example parseSort(scope, '-category.name,price').sort // { 'category.name': -1, price: 1 }
 * @throws BAD_QUERY for what is not known or has no order, FORBIDDEN for a field or records that the reader may not read
 */
export const parseSort = (scope: Scope, raw: unknown): ParsedSort => {
  const joined = new Map<string, Joined>()
  let steps = 0
  const sort = readSort(raw, (name) => {
    const value = joinedValue(scope, name)
    if (!value) return sortedField(scope, name).name
    assertFew((steps += name.split('.').length - 1), name)
    joined.set(name, { as: `$sort${joined.size}`, ...value })

    return name
  })

  return joined.size > 0 ? { sort, joined } : { sort }
}
