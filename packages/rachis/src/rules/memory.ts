import type { OrderedType } from '../declare/column-types'
import { isOrderedEverywhere } from '../declare/column-types'
import type {
  Column,
  Compare,
  Contains,
  In,
  IsNull,
  JsonPath,
  Leaf,
  Like,
  RowPredicate,
  ThroughRelation
} from '../declare/predicate'
import { jsonHolds, textAt } from './json'
import { valueHolds } from './value'

export type Row = Readonly<Record<string, unknown>>
/** The row of another resource by its id; undefined where there is none. */
export type FindRow = (resource: string, id: unknown) => Row | undefined

/** That of texts depends on the database's collation. */
type OrderedColumn = Column & { readonly type: OrderedType }

type Equality = Compare<never> & { readonly comparison: '=' | '<>'; readonly of: Column | JsonPath }
type Order = Compare<never> & { readonly of: OrderedColumn }
/** Of a relation to many it is not known in memory which records there are. */
export interface ThroughParent extends ThroughRelation<never> {
  readonly by: 'id'
  readonly where: MemoryPredicate
}
export type MemoryLeaf =
  | Equality
  | Order
  | In<never>
  | Contains
  | (Like & { readonly folding: 'ascii' })
  | IsNull<never>
  | ThroughParent

/**
 * What can be asked of a row in memory, with the answer that SQL gives. Left out are searches, relations to many, the order of texts
 * and of values in objects, and patterns with letters beyond ASCII: what these mean only the database knows.
 */
export type MemoryPredicate =
  | { readonly kind: 'true' }
  | { readonly kind: 'false' }
  | { readonly kind: 'and'; readonly all: readonly MemoryPredicate[] }
  | { readonly kind: 'or'; readonly any: readonly MemoryPredicate[] }
  | { readonly kind: 'not'; readonly test: MemoryLeaf }
  | MemoryLeaf

const relationProblem = ({ by, where, resource }: ThroughRelation<never>): string | undefined =>
  by === 'id'
    ? memoryProblem(where)
    : `whether there are such records of ${resource} is known to the database only`

const compareProblem = ({ of, comparison }: Compare<never>): string | undefined => {
  const isKnown =
    comparison === '=' || comparison === '<>' || (of.kind === 'column' && isOrderedEverywhere(of))
  return isKnown ? undefined : 'the order of texts is known to the database only'
}

/** Why a test has no reading in memory; undefined where it has one. */
const leafProblem = (leaf: Leaf<never>): string | undefined => {
  switch (leaf.kind) {
    case 'search':
      return 'a search is read by the database only'
    case 'through-relation':
      return relationProblem(leaf)
    case 'compare':
      return compareProblem(leaf)
    case 'like':
      return leaf.folding === 'ascii' ? undefined : FOLDING
    case 'in':
    case 'contains':
    case 'is-null':
      return undefined
    default:
      return leaf satisfies never
  }
}
const FOLDING = 'how letters beyond ASCII are folded is known to the database only'

const firstProblem = (parts: readonly RowPredicate[]): string | undefined => {
  for (const part of parts) {
    const problem = memoryProblem(part)
    if (problem !== undefined) return problem
  }

  return undefined
}

/**
 * Why a predicate cannot be read in memory, in words; undefined where it can.
 *
 * @example memoryProblem(search('red:*')) // 'a search is read by the database only'
 */
export const memoryProblem = (predicate: RowPredicate): string | undefined => {
  switch (predicate.kind) {
    case 'true':
    case 'false':
      return undefined
    case 'and':
      return firstProblem(predicate.all)
    case 'or':
      return firstProblem(predicate.any)
    case 'not':
      return leafProblem(predicate.test)
    default:
      return leafProblem(predicate)
  }
}

export const isInMemory = (predicate: RowPredicate): predicate is RowPredicate & MemoryPredicate =>
  memoryProblem(predicate) === undefined

/** @throws Error for what has no reading in memory, which would otherwise seem not to hold */
export const inMemory = (predicate: RowPredicate): MemoryPredicate => {
  if (isInMemory(predicate)) return predicate
  throw new Error(`This cannot be asked of a row in memory: ${memoryProblem(predicate)}`)
}

/** As in SQL, null stands for "not known". */
type Known = boolean | null
const opposite = (known: Known): Known => (known === null ? null : !known)

const leafHolds = (leaf: MemoryLeaf, row: Row, find: FindRow): Known => {
  if (leaf.kind === 'through-relation') return relationHolds(leaf, row, find)
  const { of } = leaf
  const value = of.kind === 'json-path' ? textAt(row[of.column], of.path) : (row[of.name] ?? null)
  if (leaf.kind === 'is-null') return value === null
  // Nothing is in an empty list, not even what is not known.
  if (value === null) return leaf.kind === 'in' && leaf.values.length === 0 ? false : null

  return of.kind === 'json-path' ? jsonHolds(leaf, row[of.column], of.path) : valueHolds(leaf, value)
}

const relationHolds = ({ of, resource, where }: ThroughParent, row: Row, find: FindRow): boolean => {
  const id = row[of.name] ?? null
  const related = id === null ? undefined : find(resource, id)

  return related !== undefined && known(where, related, find) === true
}

/** AND and OR of what is known and what is not: false decides the one, true the other, whatever else is not known. */
const joined = (
  parts: readonly MemoryPredicate[],
  decisive: boolean,
  row: Row,
  find: FindRow
): Known => {
  let result: Known = !decisive
  for (const part of parts) {
    const value = known(part, row, find)
    if (value === decisive) return decisive
    if (value === null) result = null
  }

  return result
} // prettier-ignore

const known = (predicate: MemoryPredicate, row: Row, find: FindRow): Known => {
  switch (predicate.kind) {
    case 'true':
      return true
    case 'false':
      return false
    case 'and':
      return joined(predicate.all, false, row, find)
    case 'or':
      return joined(predicate.any, true, row, find)
    case 'not':
      return opposite(leafHolds(predicate.test, row, find))
    default:
      return leafHolds(predicate, row, find)
  }
}

const withoutRelations: FindRow = (resource) => {
  throw new Error(`Rows of ${resource} are needed to decide this, and none are at hand`)
}

/**
 * Whether a predicate holds of a row in memory: the twin of `where` in SQL, held equal to it by a property test on PostgreSQL.
 *
 * @param row as a read gives it: numbers, texts, times in RFC 3339 with milliseconds and Z
 * @example holds(compare(price, '>=', 1), { price: null }) // false: it is not known
 */
export const holds = (predicate: MemoryPredicate, row: Row, find = withoutRelations): boolean =>
  known(predicate, row, find) === true
