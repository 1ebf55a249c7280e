import type { Comparison } from '../declare/operators'
import type {
  Column,
  Compare,
  In,
  IsNull,
  JsonPath,
  Leaf,
  Predicate,
  RowPredicate,
  Scalar,
  ThroughRelation,
  UserProperty
} from '../declare/predicate'
import {
  and, compare, FALSE, isIn, isNull, isUserTest, not, or, propertyIn, throughRelation, TRUE
} from '../declare/predicate' // prettier-ignore
import { valueHolds } from './value'

/** A user, or any object of user properties: rules read it by name. */
export type User = object | null | undefined

/** A property of the user, or the user themselves; null where it is not known. */
const propertyOf = (user: User, { property }: UserProperty): unknown =>
  property === undefined
    ? (user ?? null)
    : ((user as Record<string, unknown> | null | undefined)?.[property] ?? null)

/** What the user brings: the values of a property, of which those that are not known are left out. */
export const valuesOf = (user: User, property: UserProperty): Scalar[] =>
  [propertyOf(user, property)].flat().filter((value) => value !== null && value !== undefined) as Scalar[]

/** Whether all values of a property are known: `x is none of …` is not known where one of them is not. */
const isKnown = (user: User, property: UserProperty): boolean => {
  const value = propertyOf(user, property)
  return (
    value !== null && (!Array.isArray(value) || value.every((item) => item !== null && item !== undefined))
  )
}

const truth = (isTrue: boolean): RowPredicate => (isTrue ? TRUE : FALSE)

/** Whether a test holds of one of the user's properties, whatever the record. What is not known does not hold, and neither does its opposite. */
const userHolds = (leaf: Leaf, of: UserProperty, isNot: boolean, user: User): boolean => {
  const value = propertyOf(user, of)
  if (leaf.kind === 'is-null') return (value === null) !== isNot
  if (value === null) return false
  if (leaf.kind === 'in' && !('kind' in leaf.values))
    return valueHolds({ kind: 'in', values: leaf.values }, value) !== isNot
  if (leaf.kind === 'compare' && typeof leaf.operand !== 'object')
    return (
      valueHolds({ kind: 'compare', comparison: leaf.comparison, operand: leaf.operand }, value) !== isNot
    )

  throw new Error('Rules compare what users are with values, not with each other')
}

/** A column compared with what the user brings: with any of it, where it is a list. */
const boundTest = (
  of: Column | JsonPath,
  comparison: Comparison,
  property: UserProperty,
  user: User
): RowPredicate => {
  const values = valuesOf(user, property)
  if (values.length === 0) return FALSE

  return comparison === '=' ? isIn(of, values) : or(values.map((value) => compare(of, comparison, value)))
}

/** A parent whose rule asks nothing more of this user: the foreign key sees to it that there is one. */
const relationTest = (relation: ThroughRelation, user: User): RowPredicate => {
  const where = restrictionOf(relation.where, user)
  if (where.kind === 'true' && relation.by === 'id') return not(isNull(relation.of))

  return throughRelation(relation, where)
}

const isRowTest = (leaf: Leaf): leaf is Leaf<never> => !isUserTest(leaf) && propertyIn(leaf) === undefined

const testFor = (leaf: Leaf, isNot: boolean, user: User): RowPredicate => {
  if (leaf.kind === 'through-relation') return signed(relationTest(leaf, user), isNot)
  if (isRowTest(leaf)) return signed(leaf, isNot)
  const { of } = leaf as Compare | In | IsNull
  if (of.kind === 'user') return truth(userHolds(leaf, of, isNot, user))
  const property = propertyIn(leaf)!
  if (isNot && !isKnown(user, property)) return FALSE

  return signed(boundTest(of, leaf.kind === 'compare' ? leaf.comparison : '=', property, user), isNot)
}
const signed = (predicate: RowPredicate, isNot: boolean): RowPredicate => (isNot ? not(predicate) : predicate)

/**
 * What a rule leaves to ask of the record once it is known who calls: a predicate for SQL and for memory. FALSE where it can hold for
 * no record, TRUE where it holds for all.
 *
 * @example restrictionOf(rule, { id: 7 }) // of { user_id: $user.id }: user_id in [7]
 */
export const restrictionOf = (rule: Predicate, user: User): RowPredicate => {
  switch (rule.kind) {
    case 'true':
    case 'false':
      return rule
    case 'and':
      return and(rule.all.map((part) => restrictionOf(part, user)))
    case 'or':
      return or(rule.any.map((part) => restrictionOf(part, user)))
    case 'not':
      return testFor(rule.test, true, user)
    default:
      return testFor(rule, false, user)
  }
}
