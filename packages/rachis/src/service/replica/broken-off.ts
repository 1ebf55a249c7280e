import { ApiError, meaningOf } from '../../errors/errors'
import type { Refusal } from '../../errors/errors'

/**
 * Whether a hot standby has ended a statement since it stood in the way of what was to be replayed: 40001, or 40P01 for a deadlock with that.
 * Nothing else is refused by the class 40 where nothing is written.
 *
 * @see https://www.postgresql.org/docs/current/hot-standby.html#HOT-STANDBY-CONFLICT
 */
export const isBrokenOff = (error: unknown): boolean => meaningOf((error ?? {}) as Refusal) === 'conflict'

/** The error of a read that a standby has broken off, which passes by itself; undefined of any other. */
export const brokenOff = (error: unknown): ApiError | undefined =>
  isBrokenOff(error)
    ? new ApiError('UNAVAILABLE', {
        message: 'The database broke the read off',
        headers: { 'Retry-After': '1' },
        cause: error
      })
    : undefined
