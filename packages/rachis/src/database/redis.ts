import type Redis from 'ioredis'
import type { RedisOptions } from 'ioredis'
import type * as IoRedis from 'ioredis'
import { withTimeout } from '../util/timeout'
import type { Application } from '../declare/declarations'
import { logger } from '../util/logger'

/** A Redis that hangs must cost a call less than a second. */
const PATIENCE = 400
const CONNECTING = 1000

/** What connections differ by. */
type ConnectionOptions = Pick<RedisOptions, 'commandTimeout' | 'protocol'>

/**
 * A connection that is opened when it is asked for. Commands fail at once while Redis is away. The type argument is written down, as inferring it from
 * what the function answers compares two types of all commands: a quarter of a million instantiations of the compiler.
 */
export const connectRedis = (url: string, options: ConnectionOptions): Redis => {
  // Loaded where there is one only.
  const { default: Client } = require('ioredis') as typeof IoRedis

  return new Client<'legacy'>(url, {
    lazyConnect: true,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    connectTimeout: CONNECTING,
    retryStrategy: (times) => Math.min(50 * times, CONNECTING),
    ...options
  })
}

/**
 * The Redis of `redis_url`, or undefined without one. Commands fail at once while it is away, instead of queueing for the hour
 * that it may take; it is looked for once a second, for as long as it takes.
 */
export const redisOf = (app: Application): Redis | undefined => {
  const url = app.get('redis_url')
  if (!url) return undefined
  const redis = connectRedis(url, { commandTimeout: PATIENCE })
  let isAway = false
  redis.on('ready', () => {
    if (isAway) logger.info('Redis answers again')
    isAway = false
  })
  redis.on('error', (err: Error) => {
    if (!isAway) logger.error({ err }, 'Redis cannot be reached')
    isAway = true
  })

  return redis
}

/** Waits for the first connection, but not for long: without Redis the rest is served all the same. */
export const openRedis = async (redis: Redis | undefined): Promise<void> => {
  if (redis)
    await withTimeout(
      CONNECTING,
      redis.connect().catch(() => undefined)
    )
}
