import { RedisRateCounter } from './database/redis-rate-counter'
import type { Application } from './declare/declarations'
import type { ModuleContext } from './module'
import { RateLimits } from './rules/rate-limits'
import { MemoryRateCounter } from './util/rate-counter'
import type { RatePolicy } from './util/rate-counter'

const policyOf = (name: string, requests: number, window: number): RatePolicy | undefined =>
  requests === 0 ? undefined : { name, requests, window }

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
    counter: redis ? new RedisRateCounter({ redis, secret: app.get('secret_key') }) : new MemoryRateCounter(),
    onRefused: (limit, from) => logger.info({ limit, address: from }, 'A caller has used up a rate limit')
  })
}
