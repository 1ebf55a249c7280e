import type { Leaf, Predicate } from '../declare/predicate'
import { alternativesOf, isPresence, isUserTest, leafOf, leavesOf, relationsIn } from '../declare/predicate'
import { restrictionOf } from './user'
import { grantedWords, isOfUser, needsUser } from './words'

/** Users whom the rules tell apart from others: those who have a value of a property, anyone signed in, and who is not. */
export interface KindOfUser {
  /** `anonymous`, `signed in` or `role admin`. */
  readonly name: string
  /** The property that they have a value of. */
  readonly property?: string
  /** One of them, with nothing else that a rule asks of users; null for who is not signed in. */
  readonly user: Readonly<Record<string, unknown>> | null
}

const ANYONE: readonly KindOfUser[] = [
  { name: 'anonymous', user: null },
  { name: 'signed in', user: {} }
]

/** All tests of a rule, those of other records included. */
const testsIn = (rule: Predicate): Leaf[] => [
  ...leavesOf(rule),
  ...relationsIn(rule).flatMap(({ where }) => testsIn(where))
]

/** `['role', 'admin']` for each value that a test compares a property of the user with. */
const valuesIn = (leaf: Leaf): [property: string, value: unknown][] => {
  if (!isUserTest(leaf) || (leaf.kind !== 'compare' && leaf.kind !== 'in')) return []
  const { of } = leaf
  if (of.kind !== 'user' || of.property === undefined) return []
  const values = leaf.kind === 'in' ? (leaf.values as readonly unknown[]) : [leaf.operand]

  return values.map((value) => [of.property!, value])
}

/**
 * The kinds of users that rules tell apart, from those who may do least.
 *
 * @example kindsOfUsers([predicateOfRule([{ is_active: true }, role('admin')])]).map(({ name }) => name)
 * // ['anonymous', 'signed in', 'role admin']
 */
export const kindsOfUsers = (rules: readonly Predicate[]): KindOfUser[] => {
  const named = rules
    .flatMap(testsIn)
    .flatMap(valuesIn)
    .map(([property, value]): [string, KindOfUser] => {
      const name = `${property} ${String(value)}`
      return [name, { name, property, user: { [property]: value } }]
    })

  return [...ANYONE, ...[...new Map(named).values()].sort((a, b) => a.name.localeCompare(b.name, 'en'))]
}

/** The property of the user that a condition asks for; undefined where it asks for none. */
const askedOf = (condition: Predicate): string | undefined => {
  const leaf = leafOf(condition)
  return leaf && leaf.kind !== 'search' && leaf.of.kind === 'user' ? leaf.of.property : undefined
}

/** Whether a condition that asks of the user is answered by their kind: what else a user is may be anything. */
const isDecided = (condition: Predicate, { property, user }: KindOfUser): boolean => {
  if (user === null || isPresence(condition)) return true
  const asked = askedOf(condition)

  return asked !== undefined && asked === property
}

/** @param open whether users of this kind may be anything else as well, which the words then say */
const mayHold = (rule: Predicate, kind: KindOfUser, open: boolean): boolean => {
  if (rule.kind === 'true' || rule.kind === 'false') return rule.kind === 'true'
  if (rule.kind === 'and') return rule.all.every((part) => mayHold(part, kind, open))
  if (rule.kind === 'or') return rule.any.some((part) => mayHold(part, kind, open))
  if (rule.kind === 'through-relation') return mayHold(rule.where, kind, true)
  if (!isOfUser(rule)) return kind.user !== null || !needsUser(rule)

  return isDecided(rule, kind) ? restrictionOf(rule, kind.user).kind === 'true' : open
}

/** An alternative that asks for another property alone is in the lines of that property, unless what it asks is that it is not known. */
const isOpen = (conditions: readonly Predicate[], { property }: KindOfUser): boolean =>
  conditions.some((one) => leafOf(one)?.kind === 'is-null' && askedOf(one) !== undefined) ||
  (property !== undefined && conditions.some((one) => askedOf(one) === property))

/**
 * Of which records a rule holds for one kind of users, in words.
 *
 * @example grantWords(rule, { name: 'signed in', user: {} }) // of { user_id: $user.id }: 'where user_id is the caller\'s id'
 */
export const grantWords = (rule: Predicate, kind: KindOfUser): string => {
  const granted = alternativesOf(rule).filter((conditions) =>
    conditions.every((one) => mayHold(one, kind, isOpen(conditions, kind)))
  )

  return grantedWords(
    granted.map((conditions) => conditions.filter((one) => !isOfUser(one) || !isDecided(one, kind)))
  )
}
