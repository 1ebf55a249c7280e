import type { ColumnType } from '../column-types'
import type { Comparison } from '../operators'
import { operatorOf } from '../operators'
import type {
  Column,
  Compare,
  False,
  JsonPath,
  Leaf,
  Predicate,
  RowPredicate,
  Scalar,
  Search,
  Subject,
  ThroughRelation,
  True,
  UserProperty
} from './types'

export const TRUE: True = Object.freeze({ kind: 'true' })
export const FALSE: False = Object.freeze({ kind: 'false' })

export const column = (name: string, type: ColumnType): Column =>
  Object.freeze({ kind: 'column', name, type })
export const jsonPath = (name: string, path: readonly string[]): JsonPath =>
  Object.freeze({ kind: 'json-path', column: name, path: Object.freeze([...path]) })
/** Without a name: the user themselves, who are null where nobody is signed in. */
export const userProperty = (property?: string): UserProperty =>
  Object.freeze(property === undefined ? { kind: 'user' } : { kind: 'user', property })

const joined = (
  kind: 'and' | 'or',
  parts: readonly Predicate[],
  neutral: True | False,
  decisive: True | False
): Predicate => {
  const flat: Predicate[] = []
  for (const part of parts) {
    if (part.kind === decisive.kind) return decisive
    if (part.kind === 'and' && kind === 'and') flat.push(...part.all)
    else if (part.kind === 'or' && kind === 'or') flat.push(...part.any)
    else if (part.kind !== neutral.kind) flat.push(part)
  }
  if (flat.length < 2) return flat[0] ?? neutral
  Object.freeze(flat)

  return Object.freeze(kind === 'and' ? { kind, all: flat } : { kind, any: flat })
}

/** Of conditions that ask nothing of the user the result asks nothing of them either. */
interface Combine {
  (parts: readonly RowPredicate[]): RowPredicate
  (parts: readonly Predicate[]): Predicate
}

/**
 * All of these hold. What always holds is left out, and what never does is all that is left.
 *
 * @example and([TRUE, isNull(at)]) // { kind: 'is-null', of: at }
 */
export const and = ((parts: readonly Predicate[]) => joined('and', parts, TRUE, FALSE)) as Combine

/** Any of these holds. */
export const or = ((parts: readonly Predicate[]) => joined('or', parts, FALSE, TRUE)) as Combine

const negated = (predicate: Predicate): Predicate => {
  switch (predicate.kind) {
    case 'true':
      return FALSE
    case 'false':
      return TRUE
    case 'and':
      return or(predicate.all.map(negated))
    case 'or':
      return and(predicate.any.map(negated))
    case 'not':
      return predicate.test
    case 'compare':
      return oppositeOf(predicate)
    default:
      return Object.freeze({ kind: 'not', test: predicate })
  }
}

/** `price <> any of several` is not the opposite of `price = any of several`: only one value has an opposite comparison. */
const oppositeOf = (test: Compare): Predicate =>
  typeof test.operand === 'object'
    ? Object.freeze({ kind: 'not', test })
    : Object.freeze({ ...test, comparison: operatorOf(test.comparison).opposite! })

interface Negate {
  (predicate: RowPredicate): RowPredicate
  (predicate: Predicate): Predicate
}
/**
 * The opposite, carried down to the tests themselves; of what is not known, as every comparison with NULL, the opposite is not known
 * either.
 *
 * @example not(or([compare(price, '<', 1), isNull(at)])) // price >= 1 and not (at is null)
 */
export const not = negated as Negate

/** Whether a test may be neither true nor false of a record: where what it compares is NULL. */
const isUnknown = (leaf: Leaf<never>): RowPredicate =>
  ['is-null', 'through-relation', 'search'].includes(leaf.kind) ? FALSE : isNull((leaf as Compare<never>).of)

/**
 * Holds of every record of which a predicate does not hold, also of those of which it is not known. Together they leave no record
 * out, as a predicate and its `not` do.
 *
 * @example isNotTrue(compare(price, '<', 1)) // price >= 1 or price is null
 */
export const isNotTrue = (predicate: RowPredicate): RowPredicate => {
  switch (predicate.kind) {
    case 'and':
      return or(predicate.all.map(isNotTrue))
    case 'or':
      return and(predicate.any.map(isNotTrue))
    case 'true':
    case 'false':
      return not(predicate)
    case 'not':
      return or([predicate.test, isUnknown(predicate.test)])
    default:
      return or([not(predicate), isUnknown(predicate)])
  }
}

type RowSubject = Column | JsonPath
interface CompareWith {
  (of: RowSubject, comparison: Comparison, operand: Scalar): RowPredicate
  (of: Subject, comparison: Comparison, operand: Scalar | UserProperty): Predicate
}
export const compare = ((of: Subject, comparison: Comparison, operand: Scalar | UserProperty): Predicate =>
  Object.freeze({ kind: 'compare', of, comparison, operand })) as CompareWith

interface IsIn {
  (of: RowSubject, values: readonly Scalar[]): RowPredicate
  (of: Subject, values: readonly Scalar[] | UserProperty): Predicate
}
export const isIn = ((of: Subject, values: readonly Scalar[] | UserProperty): Predicate =>
  Object.freeze({ kind: 'in', of, values: 'kind' in values ? values : Object.freeze([...values]) })) as IsIn

interface IsNullOf {
  (of: RowSubject): RowPredicate
  (of: Subject): Predicate
}
export const isNull = ((of: Subject): Predicate => Object.freeze({ kind: 'is-null', of })) as IsNullOf

export const contains = (of: Column, values: readonly (string | null)[]): RowPredicate =>
  Object.freeze({ kind: 'contains', of, values: Object.freeze([...values]) })

/** A letter with two cases that ASCII does not have: whether É and é are one depends on the database's locale. */
const hasOtherLetters = (pattern: string): boolean => {
  const others = pattern.replace(/[a-z]/gi, '')
  return others.toLowerCase() !== others.toUpperCase()
}

export const like = (of: Column | JsonPath, pattern: string): RowPredicate =>
  Object.freeze({ kind: 'like', of, pattern, folding: hasOtherLetters(pattern) ? 'database' : 'ascii' })

export const search = (words: string, likeness?: string, part?: number): Search =>
  Object.freeze({
    kind: 'search',
    words,
    ...(likeness === undefined ? {} : { like: likeness }),
    ...(part === undefined ? {} : { part })
  })

type RelationTo = Pick<ThroughRelation, 'of' | 'resource' | 'by' | 'rule'>
interface Through {
  (relation: RelationTo, where: RowPredicate): RowPredicate
  (relation: RelationTo, where: Predicate): Predicate
}
/** A relation of which no record could fit has none. */
export const throughRelation = (({ of, resource, by, rule }: RelationTo, where: Predicate): Predicate => {
  if (where.kind === 'false') return FALSE
  const followed = rule === undefined ? {} : { rule }

  return Object.freeze({ kind: 'through-relation', of, resource, by, ...followed, where })
}) as Through
