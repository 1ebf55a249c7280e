import { and, not, or } from './build'
import type { Leaf, Predicate, ThroughRelation, UserProperty } from './types'

/** Goes through all tests of a predicate, those behind relations left out. */
export const leavesOf = <U extends UserProperty>(predicate: Predicate<U>): readonly Leaf<U>[] => {
  switch (predicate.kind) {
    case 'true':
    case 'false':
      return []
    case 'and':
      return predicate.all.flatMap((part) => leavesOf(part))
    case 'or':
      return predicate.any.flatMap((part) => leavesOf(part))
    case 'not':
      return [predicate.test]
    default:
      return [predicate]
  }
}

/** The predicate with each of its tests replaced: a test that is negated by the negation of what replaces it. */
export const mapLeaves = (predicate: Predicate, map: (leaf: Leaf) => Predicate): Predicate => {
  switch (predicate.kind) {
    case 'true':
    case 'false':
      return predicate
    case 'and':
      return and(predicate.all.map((part) => mapLeaves(part, map)))
    case 'or':
      return or(predicate.any.map((part) => mapLeaves(part, map)))
    case 'not':
      return not(map(predicate.test))
    default:
      return map(predicate)
  }
}

/** The record's own columns that a predicate asks for, each once. */
export const columnsOf = (predicate: Predicate): string[] => {
  const names = leavesOf(predicate).flatMap((leaf) => {
    if (leaf.kind === 'search' || leaf.of.kind === 'user') return []
    return [leaf.of.kind === 'column' ? leaf.of.name : leaf.of.column]
  })

  return [...new Set(names)]
}

/** The user's property that a test compares a column with; undefined where it compares with values. */
export const propertyIn = (leaf: Leaf): UserProperty | undefined => {
  if (leaf.kind === 'compare') return typeof leaf.operand === 'object' ? leaf.operand : undefined
  if (leaf.kind !== 'in') return undefined

  return 'kind' in leaf.values ? leaf.values : undefined
}

/** The single test of a condition, negated or not; undefined for one that is made of several, or of none. */
export const leafOf = <U extends UserProperty>(condition: Predicate<U>): Leaf<U> | undefined => {
  switch (condition.kind) {
    case 'true':
    case 'false':
    case 'and':
    case 'or':
      return undefined
    case 'not':
      return condition.test
    default:
      return condition
  }
}

/** The other records that a predicate asks for. */
export const relationsIn = <U extends UserProperty = UserProperty>(
  predicate: Predicate<U>
): ThroughRelation<U>[] =>
  leavesOf(predicate).filter((leaf): leaf is ThroughRelation<U> => leaf.kind === 'through-relation')

/** The resources whose records a predicate asks for, besides its own, at any depth. */
export const resourcesIn = <U extends UserProperty = UserProperty>(predicate: Predicate<U>): string[] =>
  relationsIn(predicate).flatMap(({ resource, where }) => [resource, ...resourcesIn(where)])

/** Whether a test asks of the user alone. */
export const isUserTest = (leaf: Leaf | undefined): boolean =>
  leaf !== undefined && leaf.kind !== 'search' && leaf.of.kind === 'user'

/** Whether a rule asks anything of the record, so that it may hold of one and not of another for the same user. */
export const asksOfRecord = (rule: Predicate): boolean => leavesOf(rule).some((leaf) => !isUserTest(leaf))

/** The alternatives of a rule, each as the conditions that hold together. */
export const alternativesOf = (rule: Predicate): readonly (readonly Predicate[])[] => {
  if (rule.kind === 'false') return []
  const conditions = (one: Predicate) => (one.kind === 'and' ? one.all : [one])

  return (rule.kind === 'or' ? rule.any : [rule]).map((one) => (one.kind === 'true' ? [] : conditions(one)))
}

/** Whether a condition asks no more than that somebody is signed in. */
export const isPresence = (condition: Predicate): boolean => {
  const leaf = condition.kind === 'not' ? condition.test : undefined
  return leaf?.kind === 'is-null' && leaf.of.kind === 'user' && leaf.of.property === undefined
}
