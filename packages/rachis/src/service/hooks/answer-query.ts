import type { Model } from '../../model/model'
import type { Operation } from '../../model/operations'
import { parseQuery, readerOf } from '../../query/query'
import { ApiError } from '../../errors/errors'
import { inputOf } from '../../model/input'
import { similar } from '../../util/similar'
import type { CallContext } from './context'

/** What may be asked of the answer for one record, whether it was read or written. */
const OF_ANSWER = ['fields', '$select', 'include', '$include']

/** The parameter that was probably meant, else those that there are. */
const hintOfAnswer = ({ relations }: Model, parameter: string): string => {
  const known = relations.length > 0 ? ['fields', 'include'] : ['fields']
  const near = similar(parameter, known)

  return near ? `Did you mean ${near}?` : `Parameters here: ${known.join(', ')}`
}

/** @throws BAD_QUERY for a parameter that only a list takes */
export const assertOfAnswer = (model: Model, query: object) => {
  const field = Object.keys(query).find((name) => !OF_ANSWER.includes(name))
  if (field === undefined) return
  const message = `Only a list can be filtered, sorted and paged; ${field} is not a parameter here`
  throw new ApiError('BAD_QUERY', { field, message, hint: hintOfAnswer(model, field) })
}

/** What its input has is sent in the body; nothing else has a place. */
const hintOfInput = ({ input }: Operation, parameter: string): string =>
  Object.hasOwn(inputOf(input).properties, parameter)
    ? `Send ${parameter} in the body`
    : `Leave ${parameter} out: there are no parameters here`

/**
 * Reads the query of an action, a step or a creation by code of its own: which fields and which related records the answer is to
 * have, where it is a record.
 *
 * @throws BAD_QUERY for any other parameter
 */
export const readAnswerQuery = (model: Model, operation: Operation, context: CallContext) => {
  const { query = {}, user } = context.params
  const [parameter] = Object.keys(query)
  if (parameter === undefined) return
  if (operation.answers !== 'record')
    throw new ApiError('BAD_QUERY', {
      field: parameter,
      message: `${parameter} is not a parameter here`,
      hint: hintOfInput(operation, parameter)
    })
  assertOfAnswer(model, query)
  const { include, select } = parseQuery(model, query, readerOf(user))
  context.params = { ...context.params, include, select, query: {} }
}

/** Whether related records are to be answered along: they are read in the transaction of the write. */
export const hasIncludes = ({ params: { include = [] } }: CallContext): boolean => include.length > 0
