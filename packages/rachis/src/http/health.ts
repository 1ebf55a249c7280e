import type { Middleware } from 'koa'
import type { Application } from '../declare/declarations'
import { ApiError, passing } from '../errors/errors'
import { sendError } from './http'

/** `/health`: the process lives. `/health/ready`: it can serve, that is, it neither starts nor stops, and its database takes writes. */
export const health = (app: Application): Middleware => {
  const isWritable = probe(app)
  const ready: Middleware = async (ctx) => {
    const phase = app.get('phase')
    // Nothing has failed, so nothing is logged: orchestrators ask each second.
    if (phase !== 'ready') sendError(ctx, unready(`The server is ${phase}`))
    else ctx.body = await readiness(app, isWritable)
  }

  return async (ctx, next) => {
    if (ctx.path === '/health') ctx.body = { status: 'ok' }
    else if (ctx.path === '/health/ready') await ready(ctx, next)
    else await next()
  }
}

const unready = (message?: string, cause?: unknown) =>
  new ApiError('UNAVAILABLE', { message, headers: { 'Retry-After': '2' }, cause })

/** Milliseconds within which a healthy database answers. Orchestrators wait for little longer. */
const PATIENCE = 3000

/** Asks the database once for all callers that wait at that time: a probe that hangs must not take a connection each second. */
const probe = (app: Application) => {
  let running: Promise<unknown> | undefined

  return () => {
    running ??= Promise.resolve(app.get('postgresqlClient').raw(WRITABLE)).finally(
      () => (running = undefined)
    )
    return within(PATIENCE, running)
  }
}

const within = async (milliseconds: number, work: Promise<unknown>) => {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('The database gave no answer in time')), milliseconds)
  })
  await Promise.race([work, late]).finally(() => clearTimeout(timer))
}

/** Fails where nothing could be written: on a read-only server PostgreSQL refuses to lock rows, also where there are none. */
const WRITABLE = 'select from changes limit 0 for update'

const readiness = async (app: Application, isWritable: () => Promise<void>) => {
  await isWritable().catch((cause: unknown) => {
    throw passing(cause) ?? unready(undefined, cause)
  })

  const { feed: source } = app.get('engine')
  const feed = source.status()
  if (feed.status === 'stuck') throw unready(`The change feed has not been read for ${feed.silent} seconds`)

  const consumers = source.consumers.troubles()
  if (consumers.length > 0) return { status: 'degraded', database: 'ok', feed, consumers }

  return { status: 'ready', database: 'ok', feed }
}
