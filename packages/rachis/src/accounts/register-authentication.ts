import type { Application } from '../declare/declarations'
import type { Membership } from '../rules/memberships'
import { SessionAuthentication } from './authentication'
import type { SessionCache } from './consumers/sessions'
import { configuredProviders } from './oauth/settings'
import { PasswordStrategy, SessionStrategy } from './strategies'
import { ApiKeyStrategy } from './strategies/api-key'
import { CookieStrategy } from './strategies/cookie'
import type * as OAuth from './strategies/oauth'
import { SignedLinkStrategy } from './strategies/signed-link'

/** Its library takes a third of a second to load: a start without providers does not wait for it. */
const identityStrategy = () => {
  const { IdentityStrategy } = require('./strategies/oauth') as typeof OAuth
  return new IdentityStrategy()
}

/** Registers Feathers' authentication service with every strategy that is switched on. */
export const authentication = (
  app: Application,
  sessions: SessionCache,
  memberships: readonly Membership[]
) => {
  const service = new SessionAuthentication(app, sessions, memberships)
  service.register('jwt', new SessionStrategy())
  service.register('local', new PasswordStrategy())
  const cookies = app.get('cookieSessions')
  if (cookies) service.register('cookie', new CookieStrategy(cookies))
  if (configuredProviders(app.get('oauth')).length > 0) service.register('oauth', identityStrategy())
  service.register('api_key', new ApiKeyStrategy())
  service.register('signed_link', new SignedLinkStrategy())
  app.use('authentication' as never, service as never, { methods: ['create', 'remove'] })

  return service
}
