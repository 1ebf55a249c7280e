import type { RowPredicate } from '../declare/predicate'
import type { Model } from '../model/model'
import type { Operation } from '../model/operations'
import type { Schema } from '../openapi/openapi-document'
import { mayWrite, restrictionOf } from '../rules/policy'
import type { User } from '../rules/policy'
import type { DescribedOperation } from './description'
import { shownSchema } from './shown-schema'

/** Whether a page can tell from a record that it has read whether this holds: else the server is asked by doing it. */
const isPlain = (predicate: RowPredicate): boolean => {
  switch (predicate.kind) {
    case 'true':
    case 'false':
      return true
    case 'and':
      return predicate.all.every(isPlain)
    case 'or':
      return predicate.any.every(isPlain)
    case 'not':
      return isPlain(predicate.test)
    case 'compare':
    case 'in':
    case 'is-null':
      return predicate.of.kind === 'column'
    default:
      return false
  }
}

const conditionOf = ({ rule, target }: Operation, user: User): RowPredicate | undefined => {
  if (target === 'collection') return undefined
  const left = restrictionOf(rule, user)

  return left.kind === 'true' || !isPlain(left) ? undefined : left
}

/** What an operation that takes the fields of a record takes from this caller. */
const writableSchema = (model: Model, input: Schema, user: User): Schema => {
  const { properties = {}, required = [] } = input as {
    properties?: Record<string, Schema>
    required?: readonly string[]
  }
  const isWritten = (name: string) => mayWrite(model, name, user)

  return {
    ...input,
    properties: Object.fromEntries(Object.entries(properties).filter(([name]) => isWritten(name))),
    required: required.filter(isWritten)
  }
}

/** That of sums by groups names every field of every reader, so that it is left out: the fields of the description say what can be asked. */
const inputOf = (model: Model, { data, input, groups }: Operation, user: User): Schema => {
  if (groups) return {}

  return data === 'fields' ? writableSchema(model, shownSchema(input), user) : shownSchema(input)
}

/** One operation as this caller meets it. */
export const describeOperation = (model: Model, operation: Operation, user: User): DescribedOperation => {
  const { name, effect, target, answers, summary, http, consumes, output, groups } = operation
  const when = conditionOf(operation, user)

  return {
    name,
    effect,
    target,
    answers,
    summary,
    method: http.method,
    path: http.path,
    input: inputOf(model, operation, user),
    ...(answers === 'output' && !groups ? { output: shownSchema(output) } : {}),
    ...(when ? { when } : {}),
    consumes
  }
}
