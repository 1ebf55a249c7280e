import type { ApiError } from '../../errors/errors'
import type { CallContext, Hook } from './context'

/** What can come with a call. Each is made from its request by the server: nobody can ask for `signed_link` by name. */
const STRATEGIES = ['jwt', 'api_key', 'signed_link']

/**
 * Finds out who is calling: nobody without a token, an error with a bad one, also where everybody may read, so that a client
 * learns of an expired token and does not take the public view for its own. Where `isOpen` a bad token is as good as none: an action
 * for everybody shows no view, and refreshing must not need what it is there to replace.
 */
export const identify =
  ({ isOpen = false } = {}): Hook =>
  async (context: CallContext, next) => {
    const { authentication, provider, ...params } = context.params
    if (!provider || context.params.authenticated === true) return next()
    const { user: _claimed, ...anonymous } = context.params
    context.params = anonymous
    if (authentication) {
      const service = context.app.defaultAuthentication!()
      const { user } = await service
        .authenticate(authentication as never, params as never, ...STRATEGIES)
        .catch((error: ApiError) => {
          if (!isOpen || error.code !== 401) throw error
          return { user: undefined }
        })
      if (user)
        context.params = { ...anonymous, user: user as CallContext['params']['user'], authenticated: true }
    }

    return next()
  }
