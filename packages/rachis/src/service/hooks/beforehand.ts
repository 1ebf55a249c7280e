import type { CallContext, Hook } from './context'

/**
 * A hook whose work is done before the rest of its call. Where that is done at once, the rest follows in the same turn: a write goes through
 * some twenty stages, and as an asynchronous function each would cost three turns of the queue of promises, whether it has anything to do or not.
 *
 * @param work what it throws is the error of the call
 * @example beforehand(({ params }) => { if (params.fault) throw params.fault })
 */
export const beforehand =
  (work: (context: CallContext) => Promise<void> | void): Hook =>
  (context, next) => {
    const working = work(context)

    return working ? working.then(next) : next()
  }
