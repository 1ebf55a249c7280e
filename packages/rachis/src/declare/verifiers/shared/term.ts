import { userRef } from '../../clauses'
import { isOrderedEverywhere, kindOf } from '../../column-types'
import type { FieldInfo } from '../../field-info'
import { findOperator, OPERATOR_NAMES, OPERATORS } from '../../operators'
import type { Finding } from './problem'
import { instead, shown } from './problem'
import { wrongValue } from './value'
import { isObject } from '../../../util/is-object'

const IN_RULES = OPERATOR_NAMES.filter((name) => OPERATORS[name].inRules)
const EQUALITY = ['=', '<>']

type Users = ReadonlyMap<string, FieldInfo>
const found = (what: string, hint: string): Finding => ({ what, hint })

/** Lists and comparisons are read by SQL and in memory: what NULL means in them is not the same in both. */
const listFinding = (field: FieldInfo, operator: string, operand: unknown): Finding | undefined => {
  const { name } = field
  if (!Array.isArray(operand)) {
    return found(
      `${operator} of ${name} takes a list, not ${shown(operand)}`,
      `write ${name}: { ${operator}: […] }`
    )
  }
  if (operand.length === 0)
    return found(`${operator} of ${name} lists nothing`, `list values of ${name}, or leave the term out`)
  if (operand.includes(null)) {
    return found(
      `${operator} of ${name} lists null`,
      `take null out and write another clause with ${name}: null`
    )
  }

  return operand.map((value) => wrongValue(field, value)).find(Boolean)
}

const comparisonFinding = (field: FieldInfo, operator: string, operand: unknown): Finding | undefined => {
  const { name, type } = field
  if (isOrderedEverywhere(field) && !field.enum)
    return operand === null ? nullCompared(name, operator) : wrongValue(field, operand)

  return found(
    `${operator} compares ${name}, a ${type}, whose order is not the same in SQL and in memory`,
    `list the values with ${name}: { $in: […] }, or compare a number or a time`
  )
}
const nullCompared = (name: string, operator: string) =>
  found(`${operator} compares ${name} with null, which never holds`, `write a value, or ${name}: null`)

const operatorFinding = (field: FieldInfo, operator: string, operand: unknown): Finding | undefined => {
  const { name } = field
  const { operand: kind, comparison = '=', inRules } = findOperator(operator) ?? {}
  if (!inRules) {
    const hint = operator === '$eq' ? `write ${name}: ${shown(operand)}` : instead(operator, IN_RULES)
    return found(`${name} is compared by ${operator}, which rules do not have`, hint)
  }
  if (userRef(operand)) {
    return found(
      `${operator} compares ${name} with the user`,
      `write ${name}: $user.… or ${name}: { $in: $user.… }`
    )
  }
  if (kind === 'list') return listFinding(field, operator, operand)
  if (!EQUALITY.includes(comparison)) return comparisonFinding(field, operator, operand)

  return operand === null ? undefined : wrongValue(field, operand)
}

/** SQL would cast one to the other, memory would not. What users have besides their columns is for the types to check. */
const boundFinding = (
  field: FieldInfo,
  property: string,
  term: object,
  users: Users
): Finding | undefined => {
  const { name } = field
  const column = users.get(property)
  if (Object.keys(term).length > 1) {
    return found(
      `${name} is compared with $user.${property} and with something else`,
      `write two clauses, or ${name}: $user.${property}`
    )
  }
  if (!column || kindOf(column) === kindOf(field)) return undefined

  return found(
    `${name} is a ${field.type} and $user.${property} a ${column.type}`,
    `compare ${name} with a property of its own type, such as $user.id`
  )
}

/** What is wrong with one term of a clause, as in `{ status: { $in: ['open'] } }`. */
export const termFinding = (field: FieldInfo, term: unknown, users: Users): Finding | undefined => {
  const property = userRef(term)
  if (property) return boundFinding(field, property, term as object, users)
  if (Array.isArray(term))
    return found(`${field.name} is compared with a list`, `write ${field.name}: { $in: ${shown(term)} }`)
  if (!isObject(term)) return wrongValue(field, term)
  const entries = Object.entries(term)
  if (entries.length === 0) {
    return found(
      `${field.name} is compared with nothing, which holds in SQL and not in memory`,
      `write ${field.name}: value`
    )
  }

  return entries.map(([operator, operand]) => operatorFinding(field, operator, operand)).find(Boolean)
}

const isPlain = (value: unknown) => ['string', 'number', 'boolean'].includes(typeof value)

/** What is wrong with one term that asks of the user, as in `{ $user: { role: { $in: ['admin'] } } }`. */
export const userTermFinding = (property: string, term: unknown, users: Users): Finding | undefined => {
  const values = isObject(term) && Object.keys(term).join() === '$in' ? term.$in : [term]
  if (!Array.isArray(values) || values.length === 0 || !values.every(isPlain)) {
    const what = `$user.${property} is compared with ${shown(term)}: users are compared by equality and $in only`
    return found(what, `write $user: { ${property}: value } or $user: { ${property}: { $in: [value] } }`)
  }
  const column = users.get(property)

  return column && values.map((value) => wrongValue(column, value)).find(Boolean)
}
