import type { ApiError } from '../../errors/errors'
import type { CallContext, Hook } from './context'

/**
 * Finds out who is calling: nobody without a token, an error with a bad one, also where everybody may read, so that a client
 * learns of an expired token and does not take the public view for its own. Where `isOpen` a bad token is as good as none: an action
 * for everybody shows no view, and refreshing must not need what it is there to replace.
 */
export const identify = ({ isOpen = false } = {}): Hook => {
  const refuse = (error: ApiError) => {
    if (!isOpen || error.code !== 401) throw error
    return undefined
  }

  return async (context: CallContext, next) => {
    const { authentication, provider, ...params } = context.params
    if (!provider || context.params.authenticated === true) return next()
    const { user: _claimed, ...anonymous } = context.params
    context.params = anonymous
    if (authentication) {
      const identity = context.app.get('identity')
      const known = identity.known?.(authentication)
      const user = known ?? (await identity.authenticate(authentication, params).catch(refuse))
      if (user) context.params = { ...anonymous, user, authenticated: true }
    }

    return next()
  }
}
