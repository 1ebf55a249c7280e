import type { Context, Middleware } from 'koa'
import type { Application } from '../declare/declarations'
import { prefixOf } from '../model/prefix'
import type { WatchedCall } from '../util/call-watch'
import { withoutTrailing } from '../util/trim'
import { DOCS_PAGES } from './docs-pages'
import { ADDRESSES } from './paths'
import type { OperationRoute, Route } from './route'
import { routeOf } from './route'

/** What the server answers besides operations and services. */
const PAGES = ['/', '/api', '/metrics', ...ADDRESSES]
const WITH_FILES = DOCS_PAGES.map((page) => page.path)

/** @example routeLabel(listTasks, 1) // '/api/v1/tasks' */
export const routeLabel = ({ operation }: Pick<OperationRoute, 'operation'>, version: number): string =>
  `${prefixOf(version)}${operation.http.path}`

const pageOf = (ctx: Context): string | undefined => {
  const path = withoutTrailing(ctx.originalUrl.split('?', 1)[0]!, '/') || '/'
  if (PAGES.includes(path)) return path
  const page = WITH_FILES.find((one) => path.startsWith(`${one}/`))

  return page === undefined ? undefined : `${page}/*`
}

/** The path of a service that is registered, which is no declaration's. */
const serviceOf = (app: Application, { path }: Context): string | undefined => {
  const found = app.lookup(path) as { readonly service: unknown } | null
  const services = app.services as unknown as Readonly<Record<string, unknown>>

  return Object.keys(services).find((name) => services[name] === found?.service)
}

/** The events, and what modules serve, have one address each behind the prefix. */
const fixedOf = (app: Application, ctx: Context): string | undefined => {
  const [, first = '', second] = ctx.path.split('/')
  if (first === 'events') return ['poll', 'tickets'].includes(second ?? '') ? `/events/${second}` : '/events'

  return first in app.get('facts').paths ? `/${first}` : undefined
}

/** Of what is no operation and has a name of its own. */
const namedOf = (app: Application, ctx: Context, route: Route | undefined): string | undefined => {
  if (route?.kind === 'streamed') return route.route.label

  return route?.kind === 'service' ? `/${serviceOf(app, ctx) ?? ''}` : undefined
}

const labelOf = (app: Application, ctx: Context): string | undefined => {
  const route = routeOf(ctx)
  const version = (ctx.state.version as number | undefined) ?? app.get('versions').current
  if (route?.kind === 'operation') return routeLabel(route, version)
  if (route?.kind === 'served') return ctx.path
  const known = namedOf(app, ctx, route)
  const behind = known ?? (ctx.state.version === undefined ? undefined : fixedOf(app, ctx))

  return behind === undefined ? pageOf(ctx) : `${prefixOf(version)}${behind}`
}

const note = (app: Application, ctx: Context, call: WatchedCall) => {
  const { trace_id, address } = (ctx.feathers ?? {}) as { trace_id?: string; address?: string }
  call.route = labelOf(app, ctx)
  call.trace_id ??= trace_id
  call.address ??= address
}

/** Says of a request that goes through the whole chain what those who watch it want to know. */
export const watched = (app: Application): Middleware => {
  const watch = app.get('watch')

  return async (ctx, next) => {
    const call = watch?.of(ctx.req)
    if (!call) return next()
    ctx.feathers = { ...ctx.feathers, watched: call }
    try {
      await next()
    } finally {
      note(app, ctx, call)
    }
  }
}
