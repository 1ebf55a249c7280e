import type { Leaf, Predicate, RowPredicate, ThroughRelation, UserProperty } from '../declare/predicate'
import { and, isUserTest, not, propertyIn } from '../declare/predicate'
import type { FindRow, MemoryPredicate, Row } from './memory'
import { holds, inMemory } from './memory'
import type { User } from './user'
import { restrictionOf, valuesOf } from './user'

/** One alternative of a rule, taken apart: what it asks of the user, of the row, and the columns that bind the two. */
export interface Clause {
  readonly ofUser: Predicate
  readonly bound: readonly Binding[]
  /** Records of which one must be readable as well. */
  readonly parents: readonly ThroughRelation[]
  readonly fixed: MemoryPredicate
}

/** A column that is equal to what the user brings. */
interface Binding {
  readonly column: string
  readonly property: UserProperty
}
interface Parts {
  readonly user: readonly Predicate[]
  readonly row: readonly RowPredicate[]
  readonly bound: readonly Binding[]
  readonly parents: readonly ThroughRelation[]
}
const NO_PARTS: Parts = { user: [], row: [], bound: [], parents: [] }

const isRowTest = (leaf: Leaf): leaf is Leaf<never> => !isUserTest(leaf) && propertyIn(leaf) === undefined

const bindingOf = (leaf: Leaf, isNot: boolean): Binding => {
  const property = propertyIn(leaf)
  const isEquality = leaf.kind === 'in' || (leaf.kind === 'compare' && leaf.comparison === '=')
  if (isNot || !isEquality || leaf.of.kind !== 'column' || !property)
    throw new Error('A rule has delivery keys only where columns are equal to what the user brings')

  return { column: leaf.of.name, property }
}

const parentOf = (relation: ThroughRelation, isNot: boolean): ThroughRelation => {
  if (isNot || relation.by !== 'id')
    throw new Error(`A rule through records of ${relation.resource} has no delivery keys`)
  // A mistake in the parent's rule is reported now, and not once there is a parent.
  clausesOf(relation.where)

  return relation
}

/** A test as a part of an alternative. */
const partOf = (leaf: Leaf, isNot: boolean): Parts => {
  if (leaf.kind === 'through-relation') return { ...NO_PARTS, parents: [parentOf(leaf, isNot)] }
  if (isUserTest(leaf)) return { ...NO_PARTS, user: [isNot ? not(leaf) : leaf] }
  if (isRowTest(leaf)) return { ...NO_PARTS, row: [isNot ? not(leaf) : leaf] }

  return { ...NO_PARTS, bound: [bindingOf(leaf, isNot)] }
}

const joined = (a: Parts, b: Parts): Parts => ({
  user: [...a.user, ...b.user],
  row: [...a.row, ...b.row],
  bound: [...a.bound, ...b.bound],
  parents: [...a.parents, ...b.parents]
})

/** All ways in which a predicate may hold, each as the tests that hold then. */
const waysOf = (predicate: Predicate): Parts[] => {
  switch (predicate.kind) {
    case 'true':
      return [NO_PARTS]
    case 'false':
      return []
    case 'or':
      return predicate.any.flatMap(waysOf)
    case 'and':
      return predicate.all.map(waysOf).reduce<Parts[]>(
        (ways, more) => ways.flatMap((way) => more.map((next) => joined(way, next))),
        [NO_PARTS]
      ) // prettier-ignore
    case 'not':
      return [partOf(predicate.test, true)]
    default:
      return [partOf(predicate, false)]
  }
}

const clauseOf = ({ user, row, bound, parents }: Parts): Clause => ({
  ofUser: and(user),
  bound,
  parents,
  fixed: inMemory(and(row))
})

const taken = new WeakMap<Predicate, readonly Clause[]>()

/**
 * A rule as its alternatives. Rules are frozen at start; each is taken apart once.
 *
 * @throws {Error} for a rule whose readers cannot be found by keys, such as one that asks for a search
 */
export const clausesOf = (rule: Predicate): readonly Clause[] => {
  const known = taken.get(rule)
  if (known) return known
  const clauses = waysOf(rule).map(clauseOf)
  taken.set(rule, clauses)

  return clauses
}

const keyOf = (path: string, index: number, values: readonly unknown[]) =>
  `${path}/${index}/${JSON.stringify(values)}`

/** @example resourceOfKey('notes/0/[7]') // 'notes' */
export const resourceOfKey = (key: string): string => key.split('/', 1)[0]!

/** A key that holds behind one key of each parent: `invoice_lines/0/[]>invoices/0/[7]`. */
const behind = (key: string, parents: readonly string[][]): string[] =>
  product(parents).map((keys) => [key, ...(keys as string[])].join('>'))

const product = (sets: readonly unknown[][]): unknown[][] =>
  sets.reduce<unknown[][]>((rows, set) => rows.flatMap((row) => set.map((value) => [...row, value])), [[]])

const noRows: FindRow = () => undefined

/**
 * The keys that a change of `row` is delivered to. Needs no user; and no database but for the rows of parents.
 *
 * @example keysOfRow('tasks', rule, { user_id: 7 }) // of { user_id: $user.id }: ['tasks/0/[7]']
 */
export const keysOfRow = (path: string, rule: Predicate, row: Row, find = noRows): string[] =>
  clausesOf(rule).flatMap(({ bound, parents, fixed }, index) => {
    if (!holds(fixed, row)) return []
    const values = bound.map(({ column }) => row[column])
    if (values.some((value) => value === null || value === undefined)) return []

    return behind(
      keyOf(path, index, values),
      parents.map((parent) => keysOfParent(parent, row[parent.of.name], find))
    )
  })

const keysOfParent = ({ resource, where }: ThroughRelation, id: unknown, find: FindRow): string[] => {
  const row = find(resource, id)
  return row ? keysOfRow(resource, where, row, find) : []
}

/** The keys that a connection of this user listens to. Needs no row; taken again when the user changes. */
export const keysOfUser = (path: string, rule: Predicate, user: User): string[] =>
  clausesOf(rule).flatMap(({ ofUser, bound, parents }, index) => {
    if (restrictionOf(ofUser, user).kind !== 'true') return []
    const keysOfParents = parents.map(({ resource, where }) => keysOfUser(resource, where, user))
    const values = product(bound.map(({ property }) => valuesOf(user, property)))

    return values.flatMap((some) => behind(keyOf(path, index, some), keysOfParents))
  })

/** A record whose rule a rule follows: by this column, of that resource. */
export interface FollowedParent {
  readonly column: string
  readonly resource: string
}

/** The parents that a rule of reading asks for. */
export const parentsOf = (rule: Predicate): FollowedParent[] =>
  clausesOf(rule).flatMap(({ parents }) => parents.map(({ of, resource }) => ({ column: of.name, resource })))
