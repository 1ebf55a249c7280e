import type { Middleware } from 'koa'
import type { Model } from '../model/model'
import type { Application } from '../declare/declarations'
import type { ModuleContext, ModuleMiddleware } from '../module'
import type { AuthCall } from './cookie-sessions'
import { cookieSessions } from './cookie-sessions'
import type * as OAuth from './oauth/routes'
import { configuredProviders } from './oauth/settings'
import { isLink, signedLinks } from './signed-links'

/** What the cookies of a session have to know of `auth`. */
const authCalls = (models: readonly Model[]): AuthCall[] => {
  const operations = models.filter(({ name }) => name === 'auth').flatMap((model) => model.operations)

  return operations.map(({ name, rule, http: { method, path } }) => ({
    name,
    call: `${method} ${path}`,
    isOpen: rule.kind === 'true'
  }))
}

/** Loaded where there are providers only, as the strategy is. */
const oauthRoutes = (app: Application): Middleware[] => {
  if (configuredProviders(app.get('oauth')).length === 0) return []
  const { oauthRoutes: routes } = require('./oauth/routes') as typeof OAuth

  return [routes(app)]
}

/** Where browsers sign in by a provider; signed links; and, where they are switched on, sessions by cookies. */
export const accountsMiddleware = ({ app, models }: ModuleContext): ModuleMiddleware => {
  const cookies = app.get('cookieSessions')

  return {
    beforeBody: oauthRoutes(app),
    aroundCalls: [
      signedLinks(app),
      ...(cookies ? [cookieSessions(app, { cookies, calls: authCalls(models) })] : [])
    ],
    // Cookies are looked for in every call. Providers have paths of their own, which are no operations.
    concerns: (query) => cookies !== undefined || isLink(query)
  }
}
