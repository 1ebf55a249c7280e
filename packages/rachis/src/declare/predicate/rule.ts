import type { AnyRule, ParentRule, Terms } from '../clauses'
import { clausesOf, isParentTerm, operatorsOf, parentRule, userRef } from '../clauses'
import type { ColumnType } from '../column-types'
import { BIGINT, TEXT } from '../column-types'
import { and, column, compare, FALSE, isIn, isNull, not, or, throughRelation, userProperty } from './build'
import { boundTerm, predicateOfTerm } from './term'
import type { Predicate, RowPredicate, Scalar } from './types'

/** What a rule has to know of the resource whose rule it is. */
export interface RuleContext {
  /** The type of a column; undefined for one that is not known. */
  readonly typeOf?: (name: string) => ColumnType | undefined
  /** Whom a foreign key refers to, with the rule there that is followed; undefined where there is no such resource. */
  readonly parentOf?: (
    column: string,
    rule: ParentRule
  ) => { readonly resource: string; readonly where: Predicate } | undefined
}

type Term = readonly [name: string, term: unknown]

/** `{ $user: {} }` asks that there is a user at all. */
const userTests = (asked: Terms | undefined): Predicate[] => {
  if (!asked) return []
  const entries = Object.entries(asked)
  if (entries.length === 0) return [not(isNull(userProperty()))]

  return entries.map(([name, term]) => {
    const of = userProperty(name)
    const listed = (term as { $in?: readonly Scalar[] } | null)?.$in
    if (listed) return isIn(of, listed)

    return term === null ? isNull(of) : compare(of, '=', term as Scalar)
  })
}

const rowTests = ([name, term]: Term, { typeOf }: RuleContext): RowPredicate[] => {
  const of = column(name, typeOf?.(name) ?? TEXT.name)
  return operatorsOf(term).map(([operator, operand]) => predicateOfTerm(of, operator, operand))
}

const boundTest = ([name, term]: Term, { typeOf }: RuleContext): Predicate =>
  boundTerm(column(name, typeOf?.(name) ?? TEXT.name), '$in' in (term as object), userProperty(userRef(term)))

const parentTest = ([name, term]: Term, { typeOf, parentOf }: RuleContext): Predicate => {
  const rule = parentRule(term)
  const parent = rule && parentOf?.(name, rule)
  if (!parent) return FALSE
  const of = column(name, typeOf?.(name) ?? BIGINT.name)

  return throughRelation({ of, resource: parent.resource, by: 'id', rule }, parent.where)
}

const testsOf = (term: Term, context: RuleContext): Predicate[] => {
  if (isParentTerm(term[1])) return [parentTest(term, context)]
  return userRef(term[1]) === undefined ? rowTests(term, context) : [boundTest(term, context)]
}

/** What is asked of the user stands first: it is known without a row. */
const predicateOfClause = ({ $user, ...terms }: Terms, context: RuleContext): Predicate =>
  and([
    ...userTests($user as Terms | undefined),
    ...Object.entries(terms).flatMap((term) => testsOf(term, context))
  ])

/**
 * A rule as it is written in a declaration → a predicate.
 *
 * @example predicateOfRule([{ user_id: $user.id }, role('admin')])
 * // user_id = (user's id) or (user's role) in ['admin']
 */
export const predicateOfRule = (rule: AnyRule | undefined, context: RuleContext = {}): Predicate =>
  or(clausesOf(rule).map((clause) => predicateOfClause(clause, context)))
