import { ApiError, repeated } from '../errors/errors'
import { leavesOf } from '../declare/predicate'
import type { RowPredicate } from '../declare/predicate'
import type { Model } from '../model/model'
import { badQuery, isObject } from '../query/query-scope'
import type { Raw } from '../query/query-scope'
import { parseFilters, readerOf } from '../query/query'
import type { Row } from '../rules/memory'
import { holds, inMemory, memoryProblem } from '../rules/memory'
import type { User } from '../rules/policy'
import { mayApply } from '../rules/policy'
import { maySee } from '../rules/scopes'
import { similar } from '../util/similar'

type Matches = (record: Row) => boolean
/** By the names of resources: what is asked for of each, by who asks. */
type Subscription = ReadonlyMap<string, (user: User) => Matches>

/** Characters of one filter as JSON: it is asked of each change of its resource. */
const MAX_LENGTH = 4096
/** Values that the filter of one resource compares with. */
const MAX_VALUES = 50

const notSubscribable = (field: string, message: string) =>
  new ApiError('NOT_SUBSCRIBABLE', { field, message })

/** In the friendly spelling a text is a list, whose items stand between commas. */
const valuesIn = (filter: unknown): number => {
  if (typeof filter === 'string') return filter.split(',').length
  if (typeof filter !== 'object' || filter === null) return 1
  return Object.values(filter).reduce<number>((sum, value) => sum + valuesIn(value), 0)
}

/** @throws NOT_SUBSCRIBABLE for what only the database can decide, or what reads other records */
const assertInMemory = (path: string, predicate: RowPredicate) => {
  const relation = leavesOf(predicate).some(({ kind }) => kind === 'through-relation')
  const problem = relation ? 'whether it holds depends on other records' : memoryProblem(predicate)
  if (problem) throw notSubscribable(`filter.${path}`, `A subscription cannot ask this: ${problem}`)
}

const assertSize = (path: string, filter: Raw) => {
  const isLarge = JSON.stringify(filter).length > MAX_LENGTH || valuesIn(filter) > MAX_VALUES
  if (isLarge)
    throw notSubscribable(
      `filter.${path}`,
      `The filter of a subscription has at most ${MAX_LENGTH} characters and ${MAX_VALUES} values`
    )
}

const parsed = (model: Model, filter: Raw, user: User): RowPredicate => {
  const predicate = parseFilters(model, filter, readerOf(user))
  assertInMemory(model.path, predicate)

  return predicate
}

/** Whoever may not read a column any more, or not at all, is told nothing by a filter on it. */
const matcher = (model: Model, filter: Raw) => (user: User): Matches => {
  try {
    const predicate = inMemory(parsed(model, filter, user))
    return (record) => holds(predicate, record)
  } catch {
    return () => false
  }
} // prettier-ignore

const all = () => () => true

const listOf = (resources: unknown): string[] | undefined => {
  if (resources === undefined) return undefined
  if (typeof resources !== 'string' || resources === '')
    throw badQuery('resources', 'resources is a list such as resources=tasks,notes')

  return [...new Set(resources.split(','))]
}

const readable = (models: readonly Model[], path: string, user: User): Model => {
  const paths = models.map((model) => model.path)
  const model = models.find((one) => one.path === path)
  if (!model) {
    const near = similar(path, paths)
    throw badQuery('resources', `There is no resource ${repeated(path)}`, near && `Did you mean ${near}?`)
  }
  if (!maySee(user, model) || !mayApply(model.rules.read, user))
    throw new ApiError(user ? 'FORBIDDEN' : 'NOT_AUTHENTICATED', { field: 'resources' })

  return model
}

const filtersOf = (filter: unknown): Readonly<Record<string, Raw>> => {
  if (filter === undefined) return {}
  if (isObject(filter) && Object.values(filter).every(isObject)) return filter as Record<string, Raw>
  throw badQuery('filter', 'filter names a resource and then its fields: filter[tasks][status]=pending')
}

const KNOWN = ['resources', 'filter', 'last_event_id']

const assertKnown = (query: Raw) => {
  const unknown = Object.keys(query).find((name) => !KNOWN.includes(name))
  if (unknown !== undefined)
    throw badQuery(unknown, `${repeated(unknown)} is not a parameter of the event stream`, `Use ${KNOWN.join(', ')}`)
} // prettier-ignore

/**
 * Which records a query of the event stream asks for; undefined where it asks for all that the caller may read.
 *
 * @param query such as `{ resources: 'tasks,notes', filter: { tasks: { status: 'pending' } } }`
 * @example parseSubscription(models, query, user)!.get('tasks')!(user)({ status: 'done' }) // false
 * @throws BAD_QUERY for what is not known, FORBIDDEN for a resource or a field that the caller may not read, NOT_SUBSCRIBABLE for a
 * filter that cannot be asked of a change
 */
export const parseSubscription = (
  models: readonly Model[],
  query: Raw,
  user: User
): Subscription | undefined => {
  assertKnown(query)
  const filters = filtersOf(query.filter)
  const listed = listOf(query.resources)
  const named = [...(listed ?? []), ...Object.keys(filters)].map((path) => readable(models, path, user))
  if (named.length === 0) return undefined
  const outside = listed && Object.keys(filters).find((path) => !listed.includes(path))
  if (outside) throw badQuery('filter', `filter has ${repeated(outside)}, which resources does not list`)
  for (const model of named.filter(({ path }) => filters[path])) {
    assertSize(model.path, filters[model.path]!)
    parsed(model, filters[model.path]!, user)
  }

  return new Map(
    (listed ? named : models).map((model) => {
      const filter = filters[model.path]
      return [model.name, filter ? matcher(model, filter) : all]
    })
  )
}
