import type { Predicate } from '../declare/predicate'
import { alternativesOf, columnsOf, isPresence, leafOf } from '../declare/predicate'
import type { Model } from '../model/model'
import { alsoRemoved } from '../model/rules'
import type { Security } from './openapi-document'
import type { Operation } from '../model/operations'
import type { CredentialScheme } from '../rules/module-facts'
import { mayApply } from '../rules/policy'
import { ruleData as dataOf } from '../rules/rule-data'
import { isOfUser, needsUser, ruleWords } from '../rules/words'
import { sameJson } from '../util/same-json'

export type Schemes = Readonly<Record<string, CredentialScheme>>

/** The credentials that calls take: some are for event streams alone. */
export const schemesOfCalls = (schemes: Schemes): Schemes =>
  Object.fromEntries(Object.entries(schemes).filter(([, { is_for_events }]) => !is_for_events))

/** A credential is optional where the rule can hold for somebody who sends none. */
export const securityOf = ({ rule, interactiveOnly }: Operation, schemes: Schemes): Security => [
  ...(mayApply(rule, null) ? [{}] : []),
  ...Object.entries(schemesOfCalls(schemes)).flatMap(([name, { is_programmatic }]) =>
    interactiveOnly && is_programmatic ? [] : [{ [name]: [] }]
  )
]

/** A rule as plain data, as `x-rule` shows it. That a removed record is gone for everybody is no part of what a declaration says. */
export const ruleData = (rule: Predicate) => dataOf(alsoRemoved(rule))

/**
 * A rule in words.
 *
 * @example ruleText(rule) // of [{ is_active: true }, role('admin')]: 'anyone, where is_active is true; or role admin'
 */
export const ruleText = (rule: Predicate): string => ruleWords(alsoRemoved(rule))

type Conditions = readonly Predicate[]

/** The values that a test of the user lets in; undefined for any other test. */
const valuesOf = (condition: Predicate, property?: string): readonly unknown[] | undefined => {
  const leaf = leafOf(condition)
  if ((leaf?.kind !== 'compare' && leaf?.kind !== 'in') || leaf.of.kind !== 'user') return undefined
  if (property !== undefined && leaf.of.property !== property) return undefined

  return leaf.kind === 'in' ? (leaf.values as readonly unknown[]) : [leaf.operand]
}

/** Whether everybody whom these conditions let in meets what is wanted of the user. */
const coversUser = (wanted: Predicate, conditions: Conditions): boolean => {
  if (isPresence(wanted)) return true
  const leaf = leafOf(wanted)
  const property = leaf && leaf.kind !== 'search' && leaf.of.kind === 'user' ? leaf.of.property : undefined
  const allowed = valuesOf(wanted) ?? []

  return conditions.some((condition) => {
    const values = valuesOf(condition, property)
    return values !== undefined && values.every((value) => allowed.includes(value))
  })
}

/** The columns of a record after an operation of which the rule that let it in still tells. */
const isKept = (model: Model, { name, run }: Operation) => {
  const isFree = run !== undefined
  const step = model.states?.transitions.find((one) => one.name === name)
  const set = new Set(step ? [...Object.keys(step.set), model.states!.field] : [])

  return (column: string) => !isFree && !step?.run && !set.has(column)
}

/** A record that somebody creates has them as its owner. */
const isOwnerTest = (model: Model, { target, data }: Operation, condition: Predicate): boolean => {
  if (
    target !== 'collection' ||
    data !== 'fields' ||
    condition.kind !== 'compare' ||
    condition.of.kind !== 'column'
  )
    return false
  const { of, operand } = condition
  const isOwn = typeof operand === 'object' && operand.property === 'id'

  return isOwn && model.fields.get(of.name)!.owner
}

const covers = (model: Model, operation: Operation, wanted: Conditions, given: Conditions): boolean => {
  const kept = isKept(model, operation)
  const isSignedIn = given.some(needsUser)
  const isStill = (condition: Predicate) =>
    columnsOf(condition).every(kept) && given.some((one) => sameJson(one, condition))

  return wanted.every((condition) => {
    if (isOfUser(condition)) return isSignedIn && coversUser(condition, given)
    return (isSignedIn && isOwnerTest(model, operation, condition)) || isStill(condition)
  })
}

/**
 * Whether whoever may do this may certainly read what becomes of it: else the answer may be the record's id alone, as with
 * somebody who registers.
 */
export const mayReadAnswer = (model: Model, operation: Operation): boolean =>
  alternativesOf(operation.rule).every((given) =>
    alternativesOf(alsoRemoved(model.rules.read)).some((wanted) => covers(model, operation, wanted, given))
  )
