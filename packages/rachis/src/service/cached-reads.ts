import type { RowPredicate } from '../declare/predicate'
import { resourcesIn } from '../declare/predicate'
import type { Model } from '../model/model'
import type { Operation } from '../model/operations'
import type { Include } from '../query/query'
import { joinedIn, joinedResources } from '../sql/joined'
import type { Joined } from '../sql/joined'
import type { Selection } from '../sql/order-by'
import type { CacheRequest } from './answer-cache'
import type { AccessParams } from './service-params'

/** Who calls, as far as it says whether somebody does whom the server knows. */
interface CachedCaller {
  readonly provider?: string
  readonly authentication?: unknown
  readonly authenticated?: boolean
  readonly user?: object
  readonly link?: boolean
  readonly snapshot?: object
  readonly edges?: object
  readonly version?: number
}

/** What an operation is called with. */
interface Called {
  readonly id?: unknown
  readonly data?: unknown
  readonly query?: Readonly<Record<string, unknown>>
}

/** The parameters of a query by their names. What stands inside of one keeps its order, which `$sort` means something by. */
const inOrder = (query: Readonly<Record<string, unknown>>) =>
  Object.entries(query).sort(([a], [b]) => (a < b ? -1 : 1))

const isAnonymous = ({ authentication, authenticated, user, link }: CachedCaller) =>
  authentication === undefined && !authenticated && !user && !link

/**
 * What a call asks of the server's cache; undefined where its answer is not to be kept: it is not declared, or it is not what everybody
 * without credentials is answered.
 *
 * @example cacheRequestOf(findNotes, { query: { limit: '5' } }, { provider: 'rest' })
 * // { key: '["rest",1,"notes","find",null,null,[["limit","5"]]]', seconds: 300 }
 */
export const cacheRequestOf = (
  { resource, name, cache }: Operation,
  called: Called,
  caller: CachedCaller
): CacheRequest | undefined => {
  const { provider, snapshot, edges, version } = caller
  if (cache?.server === undefined || !provider || snapshot || edges || !isAnonymous(caller)) return undefined
  // Read only here: who reads the query of a request has it parsed.
  const { id, data, query = {} } = called
  // Addresses of pages are of one version.
  const key = JSON.stringify([
    provider,
    version ?? 1,
    resource,
    name,
    id ?? null,
    data ?? null,
    inOrder(query)
  ])

  return { key, seconds: cache.server }
}

/** The resources of related records that are answered along, and those that their rules ask for. */
const includedResources = (includes: readonly Include[]): string[] =>
  includes.flatMap(({ relation: { target, through: join }, restrict, through, includes: inner }) => [
    target.name,
    ...resourcesIn(restrict),
    ...(join && through ? [join.resource.name, ...resourcesIn(through)] : []),
    ...includedResources(inner)
  ])

/** What a read of records asks the database for. */
export interface ReadParts {
  /** What the rule leaves to ask of the records, and what the query asks of them. */
  readonly conditions: readonly RowPredicate[]
  /** What it is sorted by of related records. */
  readonly joined: readonly Joined[]
  readonly include?: readonly Include[]
}

export const readParts = ({ restrict }: AccessParams, selection: Selection): ReadParts => ({
  conditions: [restrict, selection.where],
  joined: joinedIn(selection)
})

/**
 * The resources whose changes may show in the answer of a read: also those that a rule, a filter, an order or an included record leads to.
 */
export const readResources = ({ name }: Model, { conditions, joined, include = [] }: ReadParts): string[] => [
  ...new Set([
    name,
    ...conditions.flatMap((one) => resourcesIn(one)),
    ...joined.flatMap(joinedResources),
    ...includedResources(include)
  ])
]
