import type { GraphQLFormattedError } from 'graphql'
import { GraphQLError } from 'graphql'
import { ApiError, repeated, toApiError } from '../errors/errors'
import type { Caller } from '../service/call'
import type { FailureLog } from '../util/failure-log'
import { errors } from './errors'

/** A document that could not be read, or a value that is none of its type, has no error of ours behind it. */
const causeOf = (error: Error): ApiError => {
  if (error instanceof ApiError) return error
  const { originalError } = error as GraphQLError
  if (originalError instanceof ApiError) return originalError
  const isOfDocument =
    error instanceof GraphQLError && (!originalError || originalError instanceof GraphQLError)

  return isOfDocument
    ? new ApiError(errors.INVALID_DOCUMENT, { message: repeated(error.message) })
    : toApiError(originalError ?? error)
}

/**
 * An error as the specification of GraphQL has it, with the object of errors that REST and sockets send in its `extensions`.
 *
 * @example formatError(error, caller, failureLog(logger)).extensions // { code: 'NOT_FOUND', message: …, hint: …, trace_id: …, status: 404 }
 */
export const formatError = (
  error: Error,
  { trace_id }: Caller,
  logFailure: FailureLog
): GraphQLFormattedError => {
  const cause = causeOf(error)
  cause.trace_id ??= trace_id
  // What a call throws is logged where it is thrown.
  const { locations, path, originalError } = error as GraphQLError
  if (cause.code >= 500 && cause !== originalError) logFailure(cause, { trace_id: cause.trace_id })

  return {
    message: cause.message,
    ...(locations ? { locations } : {}),
    ...(path ? { path } : {}),
    extensions: { ...cause.toJSON().error, status: cause.code }
  }
}

/** An error before there is a document to say where it is. One that nobody foresaw stays itself, so that it is logged when it is formatted. */
export const requestError = (cause: Error): GraphQLError =>
  new GraphQLError(cause.message, { originalError: cause })
