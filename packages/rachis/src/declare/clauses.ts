import { isObject } from '../util/is-object'
/** A rule whose record type does not matter, as the compilers read it. */
export type AnyRule = boolean | Terms | readonly Terms[]
/** The rules of a field whose record's type does not matter. */
export type AnyFieldAccess = { readonly read?: AnyRule; readonly write?: AnyRule }
export type Terms = { readonly [key: string]: unknown }

/**
 * A rule as a list of alternatives: `true` is one empty alternative, `false` and a missing rule are none.
 *
 * @example clausesOf({ done: true }) // [{ done: true }]
 */
export const clausesOf = (rule: AnyRule | undefined): readonly Terms[] =>
  rule === undefined || rule === false
    ? []
    : rule === true
      ? [{}]
      : Array.isArray(rule)
        ? rule
        : [rule as Terms]

/**
 * The user property that a term refers to, as in `{ user_id: $user.id }` or `{ team_id: { $in: $user.team_ids } }`.
 *
 * @example userRef({ $in: { $user: 'team_ids' } }) // 'team_ids'
 */
export const userRef = (term: unknown): string | undefined => {
  if (!isObject(term)) return undefined
  if (typeof term.$user === 'string') return term.$user

  return isObject(term.$in) ? userRef(term.$in) : undefined
}

/**
 * A term as a list of operator and operand; a bare value means equality.
 *
 * @example operatorsOf({ $gte: 1 }) // [['$gte', 1]]
 */
export const operatorsOf = (term: unknown): [string, unknown][] =>
  isObject(term) && !userRef(term) ? Object.entries(term) : [['$eq', term]]

/**
 * The rules of a parent that a rule may follow. Nobody may create what is there.
 *
 * @example PARENT_RULES // ['read', 'update', 'remove']
 */
export const PARENT_RULES = ['read', 'update', 'remove'] as const
export type ParentRule = (typeof PARENT_RULES)[number]

/**
 * A clause's term `{ order_id: asParent }`: it holds for those who may read, or do something else with, the record that the key refers to.
 *
 * @example isParentTerm({ $parent: 'read' }) // true
 */
export const isParentTerm = (term: unknown): boolean => isObject(term) && '$parent' in term

/**
 * The rule of the parent that such a term follows; undefined where it names none that there is.
 *
 * @example parentRule({ $parent: 'update' }) // 'update'
 */
export const parentRule = (term: unknown): ParentRule | undefined =>
  PARENT_RULES.find((name) => name === (term as Terms).$parent)
