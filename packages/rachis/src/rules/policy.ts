import type { FieldInfo, Terms } from '../declare'
import { clausesOf, isParentTerm, operatorsOf, userRef } from '../declare'
import type { Model } from '../model/model'
import type { AnyRule, UserRule } from '../declare'

/** A user, or any object of user properties: rules read it by name. */
export type User = object | null | undefined
type Row = Readonly<Record<string, unknown>>

/** A clause taken apart: what it asks of the user, what it asks of the row, and the columns that bind the two. */
interface Parsed {
  readonly index: number
  readonly needsUser: boolean
  readonly ofUser: Terms
  readonly bound: readonly (readonly [column: string, property: string])[]
  /** Foreign keys whose record must be readable. */
  readonly parents: readonly (readonly [column: string, parent: () => Parent])[]
  readonly fixed: Terms
}
/** What a rule needs to know of the resource that it follows. */
export type Parent = Pick<Model, 'name' | 'fields'> & { readonly rules: Pick<Model['rules'], 'read'> }

const parseClause = ({ $user, ...terms }: Terms, index: number): Parsed => {
  const entries = Object.entries(terms)
  const bound = entries.flatMap(([column, term]) => {
    const property = userRef(term)
    return property ? [[column, property] as const] : []
  })

  return {
    index,
    needsUser: $user !== undefined || bound.length > 0,
    ofUser: ($user ?? {}) as Terms,
    bound,
    parents: entries
      .filter(([, term]) => isParentTerm(term))
      .map(([column, term]) => [column, parentOf(term)]),
    fixed: Object.fromEntries(entries.filter(([, term]) => !userRef(term) && !isParentTerm(term)))
  }
}

const parentOf = (term: unknown) => (term as { $parent: () => Parent }).$parent

const parsed = new WeakMap<readonly Terms[], readonly Parsed[]>()

/** Rules are frozen at start; each is taken apart once. */
const parse = (rule: readonly Terms[]): readonly Parsed[] => {
  const known = parsed.get(rule)
  if (known) return known
  const clauses = rule.map(parseClause)
  parsed.set(rule, clauses)

  return clauses
}

const valuesOf = (user: User, property: string): unknown[] =>
  [(user as Record<string, unknown> | null | undefined)?.[property]]
    .flat()
    .filter((value) => value !== null && value !== undefined)

const asksOfUser = ({ ofUser, bound }: Parsed, user: User): boolean =>
  !!user && matches(ofUser, user as Row) && bound.every(([, property]) => valuesOf(user, property).length > 0)

const appliesTo = (clause: Parsed, user: User): boolean =>
  (!clause.needsUser || asksOfUser(clause, user)) &&
  clause.parents.every(([, parent]) => mayApply(parent().rules.read, user))

/** Whether the rule could ever hold for this user, whatever the record. */
export const mayApply = (rule: readonly Terms[], user: User): boolean =>
  parse(rule).some((clause) => appliesTo(clause, user))

/** Whether a rule that asks only of the user holds for this one. */
export const holdsFor = (rule: UserRule, user: User): boolean =>
  typeof rule === 'boolean' ? rule : mayApply(clausesOf(rule as AnyRule), user)

/**
 * Rule and user → the Feathers query to AND into `params.query`. `{}` allows everything, `false` nothing.
 *
 * @example toQuery([{ user_id: $user.id }], { id: 7 }) // { user_id: { $in: [7] } }
 */
export const toQuery = (rule: readonly Terms[], user: User): Terms | false => {
  const queries = parse(rule)
    .filter((clause) => appliesTo(clause, user))
    .map(({ bound, parents, fixed }) => ({
      ...fixed,
      ...Object.fromEntries(bound.map(([column, property]) => [column, { $in: valuesOf(user, property) }])),
      ...Object.fromEntries(parents.map(([column, parent]) => [column, through(parent(), user)]))
    }))

  if (queries.length === 0) return false
  if (queries.some((query) => Object.keys(query).length === 0)) return {}

  return queries.length === 1 ? queries[0]! : { $or: queries }
}

/** The semi-join of a parent's rule; without conditions of its own any parent will do. */
const through = (parent: Parent, user: User) => {
  const query = toQuery(parent.rules.read, user) as Terms

  return Object.keys(query).length === 0 ? { $ne: null } : { $matches: { ...relatedTo(parent), query } }
}

/** A table as the operator `$matches` takes it: `{ order_id: { $matches: { table, column, types, query } } }`. */
export const relatedTo = ({ name, fields }: Pick<Model, 'name' | 'fields'>, column = 'id') => ({
  table: name,
  column,
  types: new Map([...fields.values()].map((field) => [field.name, field.type]))
})

const keyOf = (path: string, index: number, values: readonly unknown[]) =>
  `${path}/${index}/${JSON.stringify(values)}`

/** The row of a parent, where a rule asks for it; undefined where there is none. */
export type FindParent = (resource: string, id: unknown) => Row | undefined
const noParents: FindParent = () => undefined

/**
 * The keys that a change of `row` is delivered to. Needs no user; and no database but for the rows of parents.
 *
 * @example keysOfRow('tasks', [{ user_id: $user.id }], { user_id: 7 }) // ['tasks/0/[7]']
 */
export const keysOfRow = (path: string, rule: readonly Terms[], row: Row, find = noParents): string[] =>
  parse(rule).flatMap(({ index, bound, parents, fixed }) => {
    if (!matches(fixed, row)) return []
    const values = bound.map(([column]) => row[column])
    if (values.some((value) => value === null || value === undefined)) return []

    return behind(
      keyOf(path, index, values),
      parents.map(([column, parent]) => keysOfParent(parent(), row[column], find))
    )
  })

const keysOfParent = ({ name, rules }: Parent, id: unknown, find: FindParent): string[] => {
  const row = find(name, id)
  return row ? keysOfRow(name, rules.read, row, find) : []
}

/** A key that holds behind one key of each parent: `order_items/0/[]>orders/0/[7]`. */
const behind = (key: string, parents: readonly string[][]): string[] =>
  product(parents).map((keys) => [key, ...(keys as string[])].join('>'))

/** The keys that a connection of this user listens to. Needs no row; taken again when the user changes. */
export const keysOfUser = (path: string, rule: readonly Terms[], user: User): string[] =>
  parse(rule)
    .filter((clause) => appliesTo(clause, user))
    .flatMap(({ index, bound, parents }) => {
      const keysOfParents = parents.map(([, parent]) => keysOfUser(parent().name, parent().rules.read, user))
      const values = product(bound.map(([, property]) => valuesOf(user, property)))

      return values.flatMap((some) => behind(keyOf(path, index, some), keysOfParents))
    })

/** The parents that a rule of reading asks for: column here, resource there. */
export const parentsOf = (rule: readonly Terms[]): { column: string; parent: Parent }[] =>
  parse(rule).flatMap(({ parents }) => parents.map(([column, parent]) => ({ column, parent: parent() })))

const product = (sets: readonly unknown[][]): unknown[][] =>
  sets.reduce<unknown[][]>((rows, set) => rows.flatMap((row) => set.map((value) => [...row, value])), [[]])

type Comparable = string | number
const ordered = (test: (a: Comparable, b: Comparable) => boolean) => (value: unknown, operand: unknown) =>
  test(value as Comparable, operand as Comparable)

const OPERATORS: Record<string, (value: unknown, operand: unknown) => boolean> = {
  $eq: (value, operand) => value === operand,
  $in: (value, operand) => (operand as unknown[]).includes(value),
  $nin: (value, operand) => !(operand as unknown[]).includes(value),
  $ne: (value, operand) => operand === null || value !== operand,
  $lt: ordered((value, operand) => value < operand),
  $lte: ordered((value, operand) => value <= operand),
  $gt: ordered((value, operand) => value > operand),
  $gte: ordered((value, operand) => value >= operand)
}

const holds = (value: unknown, term: unknown): boolean => {
  if (term === null) return value === null

  // As in SQL, a comparison with NULL never holds.
  return (
    value !== null && operatorsOf(term).every(([operator, operand]) => OPERATORS[operator]!(value, operand))
  )
}

/** A rule's query applied to a row in memory: the twin of `where` in SQL, held equal to it by a property test. */
export const matches = (query: Terms, row: Row): boolean =>
  Object.entries(query).every(([key, term]) =>
    key === '$or' ? (term as Terms[]).some((clause) => matches(clause, row)) : holds(row[key] ?? null, term)
  )

/** Whether this user may see, or do, this with this row. */
export const allows = (rule: readonly Terms[], user: User, row: Row): boolean => {
  const query = toQuery(rule, user)

  return query !== false && matches(query, row)
}

/** The columns, of those that ever leave the server, that this user may read. */
export const readableColumns = (fields: ReadonlyMap<string, FieldInfo>, user: User): string[] =>
  [...fields.values()].filter(({ hidden, read }) => !hidden && holdsFor(read, user)).map(({ name }) => name)
