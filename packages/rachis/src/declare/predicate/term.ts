import { compare, contains, isIn, isNull, like, not, or } from './build'
import { findOperator } from '../operators'
import type { Column, JsonPath, Predicate, RowPredicate, Scalar, UserProperty } from './types'

type Value = Scalar | null

/** One of these, of which NULL may be one. */
const isOneOf = (of: Column | JsonPath, values: readonly Value[]): RowPredicate => {
  const present = values.filter((value) => value !== null)
  const isListed: RowPredicate = isIn(of, present)

  return present.length < values.length ? or([isListed, isNull(of)]) : isListed
}

/** One operator of a query or a rule with its operand, read into a predicate. */
export const predicateOfTerm = (
  of: Column | JsonPath,
  operator: string,
  operand: unknown
): Predicate<never> => {
  const { comparison } = findOperator(operator) ?? {}
  if (comparison)
    return operand === null ? nullTest(of, operator) : compare(of, comparison, operand as Scalar)

  switch (operator) {
    case '$in':
      return isOneOf(of, operand as Value[])
    case '$nin':
      return not(isOneOf(of, operand as Value[]))
    case '$null':
      return operand ? isNull(of) : not(isNull(of))
    case '$ilike':
      return like(of, operand as string)
    case '$contains':
      return contains(of as Column, operand as (string | null)[])
    default:
      throw new Error(`No SQL for the operator ${operator}`)
  }
}

/** `x = null` asks whether there is a value. An order knows no NULL: it holds for nothing. */
const nullTest = (of: Column | JsonPath, operator: string): RowPredicate => {
  if (operator === '$eq') return isNull(of)
  if (operator === '$ne') return not(isNull(of))

  return isIn(of, [])
}

/** A column that is the user's property, or one of those that the property lists. */
export const boundTerm = (of: Column, isList: boolean, property: UserProperty): Predicate =>
  isList ? isIn(of, property) : compare(of, '=', property)
