import type { ApiError } from '../../errors/errors'
import { beforehand } from './phased'
import type { CallContext, Hook } from './context'

/** A claim of who they are counts nothing without a credential. */
const anonymous = ({ params }: CallContext) => {
  if (!('user' in params)) return params
  const { user: _claimed, ...rest } = params

  return rest
}

const setUser = (context: CallContext, user: CallContext['params']['user']) => {
  context.params = user ? { ...context.params, user, authenticated: true } : anonymous(context)
}

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

  const lookUp = async (context: CallContext, authentication: object) => {
    const { authentication: _own, provider: _transport, ...params } = context.params
    context.params = anonymous(context)
    const identity = context.app.get('identity')
    setUser(context, await identity.authenticate(authentication, params).catch(refuse))
  }

  return beforehand((context) => {
    const { authentication, provider, authenticated } = context.params
    if (!provider || authenticated === true) return
    const known = authentication && context.app.get('identity').known?.(authentication)
    if (authentication && !known) return lookUp(context, authentication)
    setUser(context, known)
  })
}
