import { randomUUID } from 'crypto'
import { BadRequest } from '@feathersjs/errors'
import type { ErrorObject } from 'ajv'
import { readerOf } from '../../query/query'
import { detailsOf } from '../../model/validator'
import { ApiError, validationError } from '../../errors/errors'
import type { CallContext, Hook } from './context'
import { isExternal } from './context'

const isAjv = (error: unknown): error is ErrorObject =>
  typeof (error as ErrorObject | null)?.keyword === 'string' &&
  typeof (error as ErrorObject).instancePath === 'string'

/** A nested call is translated before its caller is: its error may name no more than what the user who is signed in may read. */
export const callOf = ({ method, params }: CallContext) => ({ method, reader: readerOf(params.user) })

/**
 * What Feathers' own schema hooks throw, which generated services use: a 400 that says only "validation failed", with Ajv's
 * errors in its data. Undefined for any other error.
 */
export const schemaError = (thrown: unknown, { data }: CallContext): ApiError | undefined => {
  const errors: unknown = thrown instanceof BadRequest ? thrown.data : undefined
  if (!Array.isArray(errors) || errors.length === 0 || !errors.every(isAjv)) return undefined
  const details = detailsOf(errors)
  const error = validationError(details)

  return data === undefined ? new ApiError('BAD_QUERY', { message: error.message, details }) : error
}

/**
 * Outermost hook of every service: whatever fails leaves as an error of the catalogue with the trace id of its call. A nested
 * call inherits the trace id by passing its params on.
 */
export const translateErrors =
  (
    translate: (error: unknown, context: CallContext) => ApiError,
    log: (error: ApiError, context: CallContext) => void
  ): Hook =>
  async (context, next) => {
    context.params.trace_id ??= randomUUID()
    try {
      await next()
    } catch (thrown) {
      const error = translate(thrown, context)
      // A nested call that was made without its caller's params has named a trace that nobody outside knows.
      if (isExternal(context)) error.trace_id = context.params.trace_id
      error.trace_id ??= context.params.trace_id
      if (error.code >= 500) log(error, context)
      throw error
    }
  }
