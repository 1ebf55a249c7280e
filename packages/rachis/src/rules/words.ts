import { operatorOf, OPERATORS } from '../declare/operators'
import type {
  Compare,
  In,
  IsNull,
  Leaf,
  Predicate,
  Subject,
  ThroughRelation,
  UserProperty
} from '../declare/predicate'
import { alternativesOf, isUserTest, leafOf, propertyIn } from '../declare/predicate'

/** `status`, `data.color`, `the caller's role`. */
const subjectWords = (of: Subject): string => {
  switch (of.kind) {
    case 'column':
      return of.name
    case 'json-path':
      return [of.column, ...of.path].join('.')
    case 'user':
      return of.property === undefined ? 'the caller' : `the caller's ${of.property}`
    default:
      return of satisfies never
  }
}

/** A property that lists something is asked for as a list, or named as one of ids. */
const boundWords = (of: Subject, property: UserProperty, isNot: boolean, isAsked = false): string => {
  const isList = isAsked || property.property?.endsWith('_ids')
  const verb = isList ? (isNot ? 'is none of' : 'is one of') : isNot ? 'is not' : 'is' // prettier-ignore

  return `${subjectWords(of)} ${verb} ${subjectWords(property)}`
}

const listed = (values: readonly unknown[]): string => values.map(String).join(', ')

const compareWords = ({ of, comparison, operand }: Compare, isNot: boolean): string => {
  if (typeof operand === 'object') return boundWords(of, operand, isNot)
  const words = `${subjectWords(of)} ${operatorOf(comparison).words} ${String(operand)}`

  return isNot ? `not (${words})` : words
}

const inWords = ({ of, values }: In, isNot: boolean): string => {
  if ('kind' in values) return boundWords(of, values, isNot, true)
  const { words } = isNot ? OPERATORS.$nin : OPERATORS.$in

  return `${subjectWords(of)} ${words} ${listed(values)}`
}

/** What a test says; of tests that have no words for their opposite this is the plain one. */
const plainWords = (leaf: Exclude<Leaf, Compare | In | IsNull>): string => {
  switch (leaf.kind) {
    case 'contains':
      return `${subjectWords(leaf.of)} ${OPERATORS.$contains.words} ${listed(leaf.values)}`
    case 'like':
      return `${subjectWords(leaf.of)} ${OPERATORS.$ilike.words} ${leaf.pattern}`
    case 'search':
      return `it has the words ${leaf.words}`
    case 'through-relation':
      return `${leaf.of.name} refers to ${leaf.resource} where ${predicateWords(leaf.where)}`
    default:
      return leaf satisfies never
  }
}

const leafWords = (leaf: Leaf, isNot = false): string => {
  if (leaf.kind === 'compare') return compareWords(leaf, isNot)
  if (leaf.kind === 'in') return inWords(leaf, isNot)
  if (leaf.kind === 'is-null')
    return `${subjectWords(leaf.of)} ${(isNot ? OPERATORS.$ne : OPERATORS.$eq).words} null`

  return isNot ? `not (${plainWords(leaf)})` : plainWords(leaf)
}

/**
 * A predicate in words, for documents and hints.
 *
 * @example predicateWords(or([compare(price, '<', 5), isNull(price)])) // '(price < 5 or price is null)'
 */
export const predicateWords = (predicate: Predicate): string => {
  switch (predicate.kind) {
    case 'true':
      return 'anything'
    case 'false':
      return 'nothing'
    case 'and':
      return predicate.all.map((part) => predicateWords(part)).join(' and ')
    case 'or':
      return `(${predicate.any.map((part) => predicateWords(part)).join(' or ')})`
    case 'not':
      return leafWords(predicate.test, true)
    default:
      return leafWords(predicate)
  }
}

/** Whether a condition asks of the user alone. */
export const isOfUser = (condition: Predicate): boolean => isUserTest(leafOf(condition))

/** Whether a condition asks that somebody is signed in: of the user, or by comparing with what they bring. */
export const needsUser = (condition: Predicate): boolean => {
  const leaf = leafOf(condition)
  return leaf !== undefined && (isUserTest(leaf) || propertyIn(leaf) !== undefined)
}

/** `role admin or manager`; nothing for the mere presence of a user. */
const userWords = (condition: Predicate): string[] => {
  const leaf = leafOf(condition)
  if ((leaf?.kind !== 'compare' && leaf?.kind !== 'in') || leaf.of.kind !== 'user') return []
  const values = leaf.kind === 'in' ? (leaf.values as readonly unknown[]) : [leaf.operand]

  return [`${leaf.of.property} ${values.map(String).join(' or ')}`]
}

const isParent = (condition: Predicate): condition is ThroughRelation => condition.kind === 'through-relation'

/** What conditions ask: ` who may read what task_id refers to`, `, where is_active is true`; nothing where there are none. */
const conditionWords = (conditions: readonly Predicate[]): string => {
  const parents = conditions
    .filter(isParent)
    .map(({ of, rule = 'read' }) => ` who may ${rule} what ${of.name} refers to`)
  const rest = conditions.filter((one) => !isParent(one)).map(predicateWords)

  return `${parents.join(' and')}${rest.length > 0 ? `, where ${rest.join(' and ')}` : ''}`
}

const alternativeWords = (conditions: readonly Predicate[]): string => {
  const asked = conditions.filter(isOfUser).flatMap(userWords).join(' and ')
  const anybody = conditions.some(needsUser) ? 'anyone signed in' : 'anyone'

  return `${asked || anybody}${conditionWords(conditions.filter((one) => !isOfUser(one)))}`
}

/**
 * A rule in words.
 *
 * @example ruleWords(predicateOfRule([{ is_active: true }, role('admin')])) // 'anyone, where is_active is true; or role admin'
 */
export const ruleWords = (rule: Predicate): string =>
  [...new Set(alternativesOf(rule).map(alternativeWords))].join('; or ') || 'nobody from outside'

/**
 * What alternatives ask together: `yes` where one of them asks nothing, `no` where there are none.
 *
 * @example grantedWords([[isNull(column('owner_id'))]]) // 'where owner_id is null'
 */
export const grantedWords = (alternatives: readonly (readonly Predicate[])[]): string => {
  const words = alternatives.map((one) => conditionWords(one).replace(/^,? /, ''))
  if (words.includes('')) return 'yes'

  return [...new Set(words)].join('; or ') || 'no'
}
