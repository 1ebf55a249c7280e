import type { CallContext, Hook, NextFunction } from './context'

/** Runs hooks around each other, the first outermost, and `last` within all of them. */
export const runHooks = (
  hooks: readonly (Hook | undefined)[],
  context: CallContext,
  last: NextFunction
): Promise<unknown> =>
  hooks.reduceRight<NextFunction>((next, hook) => async () => (hook ? hook(context, next) : next()), last)()
