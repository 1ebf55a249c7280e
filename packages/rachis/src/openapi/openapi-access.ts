import type { AnyRule, Terms } from '../declare'
import { clausesOf, isParentTerm, operatorsOf, userRef } from '../declare'
import { findOperator } from '../declare/operators'
import type { Model } from '../model/model'
import type { Security } from './openapi-document'
import type { Operation } from '../model/operations'
import type { Parent } from '../rules/policy'
import { mayApply } from '../rules/policy'

const BEARER = { bearerAuth: [] }

const API_KEY = { apiKeyAuth: [] }

/** A token is optional where the rule can hold for somebody who sends none. */
export const securityOf = ({ rule, interactiveOnly }: Operation): Security => [
  ...(mayApply(rule, null) ? [{}] : []),
  BEARER,
  ...(interactiveOnly ? [] : [API_KEY])
]

/** The name of the resource behind `{ $parent: () => model }`; a rule that was not lowered does not know it. */
const parentName = (term: unknown): string | true => {
  const { $parent } = term as { $parent: (() => Parent) | true }
  return $parent === true ? true : $parent().name
}

/** That a removed record is gone for everybody is no part of what a declaration says. */
const saidIn = ({ deleted_at, ...clause }: Terms): Terms =>
  deleted_at === null || deleted_at === undefined ? clause : { ...clause, deleted_at }

/** A rule as plain data, as `x-rule` shows it. */
export const ruleData = (rule: AnyRule | readonly Terms[]): readonly Terms[] =>
  clausesOf(rule as AnyRule).map((clause) =>
    Object.fromEntries(
      Object.entries(saidIn(clause)).map(([key, term]) => [
        key,
        isParentTerm(term) ? { $parent: parentName(term) } : term
      ])
    )
  )

const listed = (value: unknown): string =>
  Array.isArray(value) ? value.map(String).join(', ') : String(value)

const userText = ($user: Terms | undefined, needsUser: boolean): string => {
  if (!$user || Object.keys($user).length === 0) return needsUser ? 'anyone signed in' : 'anyone'

  return Object.entries($user)
    .map(([property, term]) => {
      const [[, value] = []] = operatorsOf(term)
      return `${property} ${[value].flat().map(String).join(' or ')}`
    })
    .join(' and ')
}

const termText = ([column, term]: [string, unknown]): string => {
  const property = userRef(term)
  if (property) return `${column} is ${property.endsWith('_ids') ? 'one of' : ''} the caller's ${property}`.replace('  ', ' ') // prettier-ignore

  return operatorsOf(term)
    .map(([operator, value]) => `${column} ${findOperator(operator)?.words ?? operator} ${listed(value)}`)
    .join(' and ')
}

const clauseText = (clause: Terms): string => {
  const { $user, ...terms } = saidIn(clause) as Terms & { $user?: Terms }
  const entries = Object.entries(terms)
  const who = userText($user, $user !== undefined || entries.some(([, term]) => userRef(term)))
  const parents = entries.filter(([, term]) => isParentTerm(term)).map(([column]) => ` who may read what ${column} refers to`) // prettier-ignore
  const conditions = entries.filter(([, term]) => !isParentTerm(term)).map(termText)

  return `${who}${parents.join(' and')}${conditions.length > 0 ? `, where ${conditions.join(' and ')}` : ''}`
}

/**
 * A rule in words.
 *
 * @example ruleText([{ is_active: true }, role('admin')]) // 'anyone, where is_active is true; or role admin'
 */
export const ruleText = (rule: AnyRule | readonly Terms[]): string =>
  clausesOf(rule as AnyRule)
    .map(clauseText)
    .join('; or ') || 'nobody from outside'

const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b)
const valuesOf = (term: unknown): unknown[] => [(term as { $in?: unknown[] }).$in ?? term].flat()

/** Whether everybody whom `asked` lets in is let in by `wanted` too, as far as the user goes. */
const coversUser = (wanted: Terms, asked: Terms): boolean =>
  Object.entries(wanted).every(
    ([property, term]) => property in asked && valuesOf(asked[property]).every((value) => valuesOf(term).includes(value)) // prettier-ignore
  )

/** The columns of a record after an operation of which the rule that let it in still tells. */
const isKept = (model: Model, { kind, name, input }: Operation) => {
  const isFree = kind === 'action' || (kind === 'create' && input !== undefined)
  const step = kind === 'transition' ? model.states!.transitions.find((step) => step.name === name) : undefined // prettier-ignore
  const set = new Set(step ? [...Object.keys(step.set), model.states!.field] : [])

  return (column: string) => !isFree && !step?.run && !set.has(column)
}

const covers = (model: Model, operation: Operation, read: Terms, clause: Terms): boolean => {
  const { $user: wanted, ...terms } = saidIn(read) as Terms & { $user?: Terms }
  const kept = isKept(model, operation)
  const isSignedIn = clause.$user !== undefined || Object.values(clause).some((term) => userRef(term))
  const isOwner = ([column, term]: [string, unknown]) =>
    operation.kind === 'create' &&
    !operation.input &&
    isSignedIn &&
    model.fields.get(column)!.owner &&
    userRef(term) === 'id'

  return (
    (wanted === undefined || (isSignedIn && coversUser(wanted, (clause.$user ?? {}) as Terms))) &&
    Object.entries(terms).every((entry) => isOwner(entry) || (kept(entry[0]) && same(entry[1], clause[entry[0]])))
  ) // prettier-ignore
}

/**
 * Whether whoever may do this may certainly read what becomes of it: else the answer may be the record's id alone, as with
 * somebody who registers.
 */
export const mayReadAnswer = (model: Model, operation: Operation): boolean =>
  operation.rule.every((clause) =>
    model.rules.read.some((read) => covers(model, operation, read, clause as Terms))
  )
