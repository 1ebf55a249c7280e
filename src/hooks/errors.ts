import { randomUUID } from 'crypto'
import type { ApiError } from '../errors'
import type { CallContext, Hook } from './context'

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
      error.trace_id ??= context.params.trace_id
      if (error.code >= 500) log(error, context)
      throw error
    }
  }
