import { nameOf } from '../declare/operators'
import type { Compare, Leaf, Predicate } from '../declare/predicate'
import { alternativesOf, isUserTest, leafOf } from '../declare/predicate'

type Data = Readonly<Record<string, unknown>>

const operandData = (operand: unknown): unknown => {
  const { kind, property } = (typeof operand === 'object' ? operand : {}) as { kind?: string; property?: string } // prettier-ignore
  return kind === 'user' ? { $user: property } : operand
}

const compareData = ({ comparison, operand }: Compare): unknown =>
  comparison === '=' ? operandData(operand) : { [nameOf(comparison)]: operandData(operand) }

/** A test as the term that declarations write for it. */
const termData = (leaf: Leaf): unknown => {
  switch (leaf.kind) {
    case 'compare':
      return compareData(leaf)
    case 'in':
      return { $in: operandData(leaf.values) }
    case 'is-null':
      return null
    case 'contains':
      return { $contains: leaf.values }
    case 'like':
      return { $ilike: leaf.pattern }
    case 'through-relation':
      return { $parent: leaf.resource, ...(leaf.rule && leaf.rule !== 'read' ? { $rule: leaf.rule } : {}) }
    case 'search':
      return leaf.words
    default:
      return leaf satisfies never
  }
}

/** The opposite of a test, where declarations have a term for it; in words of its own where they have none. */
const oppositeData = (leaf: Leaf): unknown => {
  if (leaf.kind === 'in') return { $nin: operandData(leaf.values) }

  return leaf.kind === 'is-null' ? { $ne: null } : { $not: termData(leaf) }
}

const keyOf = (leaf: Leaf): string => {
  if (leaf.kind === 'search') return '$search'
  if (leaf.of.kind === 'json-path') return [leaf.of.column, ...leaf.of.path].join('.')

  return leaf.of.kind === 'column' ? leaf.of.name : (leaf.of.property ?? '')
}

const isObject = (value: unknown): value is Data => typeof value === 'object' && value !== null

/** Two comparisons of one column are one term: `{ $gt: 1, $lt: 5 }`. */
const withTerm = (terms: Data, [key, term]: readonly [string, unknown]): Data => {
  const known = terms[key]
  return { ...terms, [key]: isObject(known) && isObject(term) ? { ...known, ...term } : term }
}

const clauseData = (conditions: readonly Predicate[]): Data => {
  const tests = conditions.flatMap((condition) => {
    const leaf = leafOf(condition)
    return leaf ? [{ leaf, isNot: condition.kind === 'not' }] : []
  })
  const isUsers = ({ leaf }: { leaf: Leaf }) => isUserTest(leaf)
  const asked = tests.filter(isUsers)
  const named = asked.filter(({ leaf }) => keyOf(leaf) !== '')
  const data = (some: typeof tests) =>
    some
      .map(({ leaf, isNot }) => [keyOf(leaf), isNot ? oppositeData(leaf) : termData(leaf)] as const)
      .reduce<Data>(withTerm, {})

  const nested = conditions.filter(({ kind }) => kind === 'or')

  return {
    ...(nested.length > 0 ? { $and: nested.map((one) => ({ $or: ruleData(one) })) } : {}),
    ...(asked.length > 0 ? { $user: data(named) } : {}),
    ...data(tests.filter((test) => !isUsers(test)))
  }
}

/**
 * A rule as the clauses that a declaration writes, with parents named: plain data for documents.
 *
 * @example ruleData(predicateOfRule([{ user_id: $user.id }])) // [{ user_id: { $user: 'id' } }]
 */
export const ruleData = (rule: Predicate): readonly Data[] => alternativesOf(rule).map(clauseData)
