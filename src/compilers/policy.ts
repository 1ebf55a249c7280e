import type { FieldInfo, Terms } from '../resource'
import { clausesOf, operatorsOf, userRef } from '../resource'
import type { AnyRule, UserRule } from '../resource'

/** A user, or any object of user properties: rules read it by name. */
export type User = object | null | undefined
type Row = Readonly<Record<string, unknown>>

/** A clause taken apart: what it asks of the user, what it asks of the row, and the columns that bind the two. */
interface Parsed {
  readonly index: number
  readonly needsUser: boolean
  readonly ofUser: Terms
  readonly bound: readonly (readonly [column: string, property: string])[]
  readonly fixed: Terms
}

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
    fixed: Object.fromEntries(entries.filter(([, term]) => !userRef(term)))
  }
}

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

const appliesTo = ({ needsUser, ofUser, bound }: Parsed, user: User): boolean =>
  !needsUser ||
  (!!user &&
    matches(ofUser, user as Row) &&
    bound.every(([, property]) => valuesOf(user, property).length > 0))

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
    .map(({ bound, fixed }) => ({
      ...fixed,
      ...Object.fromEntries(bound.map(([column, property]) => [column, { $in: valuesOf(user, property) }]))
    }))

  if (queries.length === 0) return false
  if (queries.some((query) => Object.keys(query).length === 0)) return {}

  return queries.length === 1 ? queries[0]! : { $or: queries }
}

const keyOf = (path: string, index: number, values: readonly unknown[]) =>
  `${path}/${index}/${JSON.stringify(values)}`

/**
 * The keys that a change of `row` is delivered to. Needs no user and no database.
 *
 * @example keysOfRow('tasks', [{ user_id: $user.id }], { user_id: 7 }) // ['tasks/0/[7]']
 */
export const keysOfRow = (path: string, rule: readonly Terms[], row: Row): string[] =>
  parse(rule).flatMap(({ index, bound, fixed }) => {
    if (!matches(fixed, row)) return []
    const values = bound.map(([column]) => row[column])

    return values.some((value) => value === null || value === undefined) ? [] : [keyOf(path, index, values)]
  })

/** The keys that a connection of this user listens to. Needs no row; taken again when the user changes. */
export const keysOfUser = (path: string, rule: readonly Terms[], user: User): string[] =>
  parse(rule)
    .filter((clause) => appliesTo(clause, user))
    .flatMap(({ index, bound }) =>
      product(bound.map(([, property]) => valuesOf(user, property))).map((values) =>
        keyOf(path, index, values)
      )
    )

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
