import type { PoolShares } from '../pool-shares'
import type { CallContext, Hook } from './context'
import { aroundSome } from './phased'

/** A copy of the primary has connections of its own. */
const sharesOf = ({ app, params }: CallContext) =>
  params.source?.shares ?? (app.get('shares') as PoolShares | undefined)

interface ShareOptions {
  /**
   * An operation counts for itself and not for its table, such as `auth.login`: its calls may take long over something else than the
   * database, as over the hash of a password, and keep only their own kind waiting meanwhile.
   */
  readonly operationOf?: (context: CallContext) => string | undefined
  /** Which calls wait; all of them, where it is left out. */
  readonly isMeant?: (context: CallContext) => boolean
}

/**
 * Has a call from outside wait until its caller and its table have a share of the pool left. A nested call has its caller's: one
 * that waited for a second share could wait for itself.
 */
export const share = ({ operationOf, isMeant }: ShareOptions = {}): Hook =>
  aroundSome((context) => {
    const { provider, transaction, isAdmitted } = context.params
    const shares = sharesOf(context)
    if (!shares || !provider || transaction || isAdmitted || isMeant?.(context) === false) return undefined
    const operation = operationOf?.(context)
    const asked = operation === undefined ? { table: context.path } : { operation }

    return (next) =>
      shares.run(asked, context.params, () => {
        context.params = { ...context.params, isAdmitted: true }
        return next()
      })
  })
