import type { Context } from 'koa'
import { ApiError } from '../errors/errors'
import { answerOptions } from '../util/answer-options'

const READS: readonly string[] = ['GET', 'HEAD']

/**
 * Whether a request for an address that is only read is to be answered with what is there. OPTIONS is answered here.
 *
 * @param methods those by which it is read
 * @throws {ApiError} METHOD_NOT_ALLOWED for any other method
 * @example if (isToRead(ctx)) ctx.body = { status: 'ok' } // DELETE → 405, Allow: GET, HEAD, OPTIONS
 */
export const isToRead = (ctx: Context, methods = READS): boolean => {
  if (methods.includes(ctx.method)) return true
  const Allow = [...methods, 'OPTIONS'].join(', ')
  if (ctx.method !== 'OPTIONS')
    throw new ApiError('METHOD_NOT_ALLOWED', { headers: { Allow }, hint: `Use one of ${Allow}` })
  answerOptions(ctx, Allow)

  return false
}
