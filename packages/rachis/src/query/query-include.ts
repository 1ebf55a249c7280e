import type { RowPredicate } from '../declare/predicate'
import type { RowMasks } from '../rules/masks'
import { badQuery } from './query-scope'
import type { Scope } from './query-scope'
import type { RelationInfo } from '../model/models'

/** A relation to answer along with a record, with what to read of it, and the relations to answer along with that. */
export interface Include {
  readonly relation: RelationInfo
  readonly restrict: RowPredicate
  /** Of the join resource that it leads through. */
  readonly through?: RowPredicate
  readonly columns: readonly string[]
  /** Those of the columns that are shown of some records only. */
  readonly masks: RowMasks
  readonly includes: readonly Include[]
}
/** Related records of one record at most; who wants more asks their own resource, page by page. */
export const MAX_RELATED = 100
/**
 * Related records of an answer at most, each as often as it stands there: a hundred members of a hundred teams, each with what it
 * keeps, are few rows to read, but a million to write.
 */
export const MAX_RECORDS = 20_000
const MAX_RELATIONS = 20
const MAX_DEPTH = 3

const namesOf = (raw: unknown): string[] => {
  const names = typeof raw === 'string' ? raw.split(',') : raw
  if (
    !Array.isArray(names) ||
    names.some((name) => typeof name !== 'string') ||
    names.length > MAX_RELATIONS
  ) {
    throw badQuery('$include', 'Include relations by include=items,items.product or $include[]=items')
  }

  return names as string[]
}

const follow = (scope: Scope, name: string, rests: readonly string[], depth: number): Include => {
  const followed = scope.follow(name)
  if (!followed)
    throw badQuery(name, `${name} is not a relation of ${scope.model.name}`, scope.hint(name, 'include'))
  if (depth > MAX_DEPTH) throw badQuery(name, `Relations are included at most ${MAX_DEPTH} deep`)

  return {
    relation: followed.relation,
    restrict: followed.restrict,
    through: followed.through,
    columns: followed.scope.readable,
    masks: followed.scope.masks,
    includes: parsePaths(followed.scope, rests, depth + 1)
  }
}

/** `['items', 'items.product']` → items, and below it product. */
const parsePaths = (scope: Scope, paths: readonly string[], depth: number): Include[] => {
  const heads = new Map<string, string[]>()
  for (const path of paths) {
    const [head = '', ...rest] = path.split('.')
    heads.set(head, [...(heads.get(head) ?? []), ...(rest.length > 0 ? [rest.join('.')] : [])])
  }

  return [...heads].map(([name, rests]) => follow(scope, name, rests, depth))
}

/** The relations that a query asks for, each under its reader's own rule. */
export const parseInclude = (scope: Scope, raw: unknown): Include[] => parsePaths(scope, namesOf(raw), 1)
