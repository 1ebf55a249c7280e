import type { Middleware } from 'koa'
import type { Application } from '../declare/declarations'
import { ApiError, passing, unavailable } from '../errors/errors'
import { sendError } from './http'
import { isToRead } from './read-only'

/** `/health`: the process lives. `/health/ready`: it can serve, that is, it neither starts nor stops, and its database takes writes. */
export const health = (app: Application): Middleware => {
  const isWritable = probe(app)
  const ready: Middleware = async (ctx) => {
    const phase = app.get('phase')
    // Nothing has failed, so nothing is logged: orchestrators ask each second.
    if (phase !== 'ready') sendError(ctx, unavailable(`The server is ${phase}`))
    else ctx.body = await readiness(app, isWritable)
  }

  const live: Middleware = (ctx) => {
    ctx.body = { status: 'ok' }
  }
  const answers = new Map([
    ['/health', live],
    ['/health/ready', ready]
  ])

  return async (ctx, next) => {
    const answer = answers.get(ctx.path)
    if (!answer) await next()
    else if (isToRead(ctx)) await answer(ctx, next)
  }
}

/** Milliseconds within which a healthy database answers. Orchestrators wait for little longer. */
const PATIENCE = 3000

/** Asks the database once for all callers that wait at that time: a probe that hangs must not take a connection each second. */
const probe = (app: Application) => {
  let running: Promise<unknown> | undefined

  return () => {
    running ??= look(app).finally(() => (running = undefined))
    return within(PATIENCE, running)
  }
}

/** @throws UNAVAILABLE where the database does not have the tables that this program knows */
const look = async (app: Application): Promise<void> => {
  await app.get('postgresqlClient').raw(WRITABLE)
  const lacking = await app.get('migrationsLacking')()
  if (lacking.length > 0) throw unavailable(`The database lacks migrations: ${lacking.join(', ')}`)
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
    throw cause instanceof ApiError ? cause : (passing(cause) ?? unavailable(undefined, cause))
  })

  const { feed: source, partitions } = app.get('engine')
  const feed = source.status()
  if (feed.status === 'stuck')
    throw unavailable(`The change feed has not been read for ${feed.silent} seconds`)

  const consumers = source.consumers.troubles()
  // Beyond the last partition every write fails.
  const { left, isLow } = partitions.behind(source.cursor)
  const troubles = {
    ...(consumers.length > 0 ? { consumers } : {}),
    ...(isLow ? { changes: { left } } : {}),
    ...replicaTrouble(app)
  }
  const status = Object.keys(troubles).length > 0 ? 'degraded' : 'ready'

  return { status, database: 'ok', migrations: 'ok', feed, ...replicaOf(app), ...troubles }
}

/** What is read from beside the primary; nothing where there is none. */
const replicaOf = (app: Application) => {
  const replica = app.get('replicaReads')?.status
  return replica && { replica }
}

/** Everything is answered without it, by the primary alone. */
const replicaTrouble = (app: Application) => {
  const found = replicaOf(app)
  return found && found.replica.status !== 'ok' ? found : undefined
}
