import type * as RedisRates from './database/redis-rate-counter'
import type { Application } from './declare/declarations'
import type { ModuleContext } from './module'
import { RateLimits } from './rules/rate-limits'
import { MemoryRateCounter } from './util/rate-counter'
import type { RateCounter, RatePolicy } from './util/rate-counter'

const policyOf = (name: string, requests: number, window: number): RatePolicy | undefined =>
  requests === 0 ? undefined : { name, requests, window }

/** The library that counts in Redis is loaded where there is one. */
const counterOf = (app: Application, redis: ModuleContext['redis']): RateCounter => {
  if (!redis) return new MemoryRateCounter()
  const { RedisRateCounter } = require('./database/redis-rate-counter') as typeof RedisRates

  return new RedisRateCounter({ redis, secret: app.get('secret_key') })
}

/** What limits requests by the settings of an application; undefined where they switch it off. */
export const rateLimitsOf = (
  app: Application,
  { redis, logger }: Pick<ModuleContext, 'redis' | 'logger'>
): RateLimits | undefined => {
  const { requests, window, user, key } = app.get('rate_limit')
  const address = policyOf('address', requests, window)
  if (!address) return undefined

  return new RateLimits({
    address,
    user: policyOf('user', user, window),
    key: policyOf('key', key, window),
    counter: counterOf(app, redis),
    onRefused: (limit, from) => logger.info({ limit, address: from }, 'A caller has used up a rate limit')
  })
}
