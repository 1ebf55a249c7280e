import { ApiError, repeated } from '../errors/errors'
import { FALSE, leavesOf } from '../declare/predicate'
import type { RowPredicate } from '../declare/predicate'
import type { Model } from '../model/model'
import { presentQuery } from '../model/versions/query'
import { badQuery } from '../query/query-scope'
import type { Raw, Reader } from '../query/query-scope'
import { filtersIn, PARAMETERS, parseFilters, parseQuery, readerOf, server } from '../query/query'
import { memoryProblem } from '../rules/memory'
import type { User } from '../rules/policy'
import { mayApply } from '../rules/policy'
import { maySearch, maySee } from '../rules/scopes'
import type { Asked, Shape } from '../rules/shape'
import { shapeName, shapeOf } from '../rules/shape'
import { similar } from '../util/similar'
import { isObject } from '../util/is-object'

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

const parsed = (model: Model, filter: Raw, reader: Reader): RowPredicate => {
  const predicate = parseFilters(model, filter, reader)
  assertInMemory(model.path, predicate)

  return predicate
}

/** Of records that may not be read at all nothing is told; as soon as they may be, what is asked for is. */
const shapeFor = (name: string, model: Model, filter: Raw) => (user: User): Shape | undefined => {
  if (!mayRead(user, model)) return shapeOf(name, model.name, FALSE)
  try {
    return shapeOf(name, model.name, parsed(model, filter, readerOf(user)))
  } catch (error) {
    if (error instanceof ApiError) return undefined
    throw error
  }
} // prettier-ignore

/**
 * What a filter asks for, whoever asks it.
 *
 * @throws {ApiError} where this user may not ask it, or where it cannot be asked of a change
 */
const asked = (model: Model, filter: Raw, user: User): Asked => {
  assertSize(model.path, filter)
  parsed(model, filter, readerOf(user))
  const name = shapeName(model.name, parsed(model, filter, server))

  return { name, resource: model.name, path: model.path, shapeFor: shapeFor(name, model, filter) }
}

const mayRead = (user: User, model: Model): boolean => maySee(user, model) && mayApply(model.rules.read, user)

const listOf = (resources: unknown): string[] | undefined => {
  if (resources === undefined) return undefined
  if (typeof resources !== 'string' || resources === '')
    throw badQuery('resources', 'resources is a list such as resources=tasks,notes')

  return [...new Set(resources.split(','))]
}

type NamedIn = readonly [path: string, field: string]

const named = (models: readonly Model[], [path, field]: NamedIn): Model => {
  const paths = models.map((model) => model.path)
  const model = models.find((one) => one.path === path)
  if (!model) {
    const near = similar(path, paths)
    throw badQuery(field, `There is no resource ${repeated(path)}`, near && `Did you mean ${near}?`)
  }

  return model
}

/** @throws FORBIDDEN or NOT_AUTHENTICATED with the names of all that the user may not read, where there is any */
const assertReadable = (asked: readonly NamedIn[], models: readonly Model[], user: User) => {
  const refused = asked.filter((_, index) => !mayRead(user, models[index]!))
  const [first] = refused
  if (!first) return
  const names = refused.map(([path]) => path).join(', ')
  const [code, message] = user
    ? (['FORBIDDEN', `You may not read ${names}`] as const)
    : (['NOT_AUTHENTICATED', `Sign in to read ${names}`] as const)
  throw new ApiError(code, { field: first[1], message })
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

/** The filters of an event stream by the names of an older version, in the present ones. */
export const presentStream = (models: readonly Model[], version: number, query: Raw): Raw => {
  const { filter } = query
  if (!isObject(filter)) return query
  const present = Object.entries(filter).map(([path, asked]): [string, unknown] => {
    const model = models.find((one) => one.path === path)
    return [path, model && isObject(asked) ? presentQuery(model, version, asked) : asked]
  })

  return { ...query, filter: Object.fromEntries(present) }
}

/** What a stream of events asks for. */
interface StreamAsks {
  readonly asked: readonly Asked[]
  /** Whether it is told of all records of the resources that nothing is asked of. */
  readonly others: boolean
}

/**
 * Which records a query of the event stream asks for; undefined where it asks for all that the caller may read.
 *
 * @param query such as `{ resources: 'tasks,notes', filter: { tasks: { status: 'pending' } } }`
 * @example parseStream(models, query, user)!.asked.map(({ resource }) => resource) // ['tasks', 'notes']
 * @throws BAD_QUERY for what is not known, FORBIDDEN for a resource or a field that the caller may not read, NOT_SUBSCRIBABLE for a
 * filter that cannot be asked of a change
 */
export const parseStream = (models: readonly Model[], query: Raw, user: User): StreamAsks | undefined => {
  assertKnown(query)
  const filters = filtersOf(query.filter)
  const listed = listOf(query.resources)
  const paths = [...new Set([...(listed ?? []), ...Object.keys(filters)])]
  if (paths.length === 0) return undefined
  const places = paths.map((path): NamedIn => [path, listed?.includes(path) ? 'resources' : 'filter'])
  const found = places.map((place) => named(models, place))
  assertReadable(places, found, user)
  const outside = listed && Object.keys(filters).find((path) => !listed.includes(path))
  if (outside) throw badQuery('filter', `filter has ${repeated(outside)}, which resources does not list`)

  return {
    asked: found.map((model) => asked(model, filters[model.path] ?? {}, user)),
    others: listed === undefined
  }
}

/** What concerns the list alone that a subscription begins with. */
const OF_LIST = ['$sort', 'sort', '$limit', 'limit']

/** @throws NOT_SUBSCRIBABLE for an order that other records decide: changes of these are no events of the resource */
const assertOwnOrder = (model: Model, { $sort, sort }: Raw, user: User) => {
  const asked = { ...($sort === undefined ? {} : { $sort }), ...(sort === undefined ? {} : { sort }) }
  const [name] = parseQuery(model, asked, readerOf(user)).joined?.keys() ?? []
  if (name !== undefined)
    throw new ApiError('NOT_SUBSCRIBABLE', {
      field: '$sort',
      message: `A subscription cannot be sorted by ${name}: where a record stands depends on other records`,
      hint: 'Sort by fields of the record itself, or in the client'
    })
}

/**
 * What a query of one resource asks for.
 *
 * @param query as that of a list: filters, and `$sort` and `$limit` of the list that the subscription begins with
 * @example parseSubscription(tasks, { status: 'pending' }, user).name // 'q0Xv3…'
 * @throws as lists do for what is not known or may not be read, NOT_SUBSCRIBABLE for what cannot be asked of a change
 */
export const parseSubscription = (model: Model, query: Raw, user: User): Asked => {
  if (!maySearch(user, model) || !mayApply(model.rules.read, user))
    throw new ApiError(user ? 'FORBIDDEN' : 'NOT_AUTHENTICATED')
  if (model.events.length === 0)
    throw notSubscribable(
      model.path,
      `Changes of ${model.path} are not recorded: ask for its list now and then`
    )
  const other = PARAMETERS.find((name) => name !== 'filter' && name in query && !OF_LIST.includes(name))
  if (other !== undefined)
    throw notSubscribable(other, `A subscription cannot ask this: ${other} is for lists`)
  assertOwnOrder(model, query, user)

  return asked(model, filtersIn(query), user)
}
