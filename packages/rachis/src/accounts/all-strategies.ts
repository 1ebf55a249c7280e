import type { AuthenticationStrategy } from '@feathersjs/authentication'
import type { ModuleContext } from '../module'
import { configuredProviders } from './oauth/settings'
import { PasswordStrategy, SessionStrategy } from './strategies'
import { ApiKeyStrategy } from './strategies/api-key'
import { CookieStrategy } from './strategies/cookie'
import { EventTicketStrategy } from './strategies/event-ticket'
import type * as OAuth from './strategies/oauth'
import { SignedLinkStrategy } from './strategies/signed-link'

/** Its library takes a third of a second to load: a start without providers does not wait for it. */
const identityStrategy = () => {
  const { IdentityStrategy } = require('./strategies/oauth') as typeof OAuth
  return new IdentityStrategy()
}

/** Every strategy to authenticate by that is switched on. */
export const accountsStrategies = ({ app }: ModuleContext): Record<string, AuthenticationStrategy> => {
  const cookies = app.get('cookieSessions')

  return {
    jwt: new SessionStrategy(),
    local: new PasswordStrategy(),
    ...(cookies ? { cookie: new CookieStrategy(cookies) } : {}),
    ...(configuredProviders(app.get('oauth')).length > 0 ? { oauth: identityStrategy() } : {}),
    api_key: new ApiKeyStrategy(),
    event_ticket: new EventTicketStrategy(),
    signed_link: new SignedLinkStrategy()
  }
}
