import type { Middleware } from 'koa'
import type { Application } from '../../declare/declarations'
import { ApiError } from '../../errors/errors'
import { callback } from './callback'
import { Provider } from './provider'
import { configuredProviders } from './settings'
import { start } from './start'

const PATH = /^\/oauth\/([a-z][a-z0-9]*)(\/callback)?$/
const Allow = 'GET, OPTIONS'

/** Where browsers begin to sign in by a provider, and come back. Without providers there is nothing. */
export const oauthRoutes = (app: Application): Middleware => {
  const providers = new Map(
    configuredProviders(app.get('oauth')).map(([name, settings]) => [name, new Provider(name, settings)])
  )

  return async (ctx, next) => {
    const [, name = '', back] = PATH.exec(ctx.path) ?? []
    const provider = providers.get(name)
    if (!provider) return next()
    if (ctx.method === 'OPTIONS') {
      ctx.set('Allow', Allow)
      ctx.status = 204
    } else if (ctx.method !== 'GET') throw new ApiError('METHOD_NOT_ALLOWED', { headers: { Allow } })
    else if (back) await callback({ app, ctx, provider })
    else await start(app, ctx, provider)
  }
}
