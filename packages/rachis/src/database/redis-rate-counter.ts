import { createHmac } from 'crypto'
import type { Redis } from 'ioredis'
import { RateLimiterRedis } from 'rate-limiter-flexible'
import { MemoryRateCounter } from '../util/rate-counter'
import type { RateCount, RateCounter, RatePolicy } from '../util/rate-counter'

/** Milliseconds for which a Redis that has failed is not asked: one that hangs would hold up every request for its time-out. */
const PAUSE = 1000

interface RedisRateOptions {
  readonly redis: Redis
  /** Who is counted is stored as an HMAC by it, so that the store is no list of addresses. */
  readonly secret: string
}

/**
 * Counts for all processes together. While Redis is away each process counts for itself: nobody is refused for it, and nobody has
 * more than the limit of each process.
 */
export class RedisRateCounter implements RateCounter {
  private readonly memory = new MemoryRateCounter()
  private readonly limiters = new Map<string, RateLimiterRedis>()
  private awayUntil = 0

  constructor(private readonly options: RedisRateOptions) {}

  add(policy: RatePolicy, subject: string, cost: number): RateCount | Promise<RateCount> {
    if (Date.now() < this.awayUntil) return this.memory.add(policy, subject, cost)

    return this.limiter(policy)
      .penalty(this.keyOf(subject), cost)
      .then(
        ({ consumedPoints, msBeforeNext }) => ({ used: consumedPoints, until: Date.now() + msBeforeNext }),
        () => {
          this.awayUntil = Date.now() + PAUSE
          return this.memory.add(policy, subject, cost)
        }
      )
  }

  refund(policy: RatePolicy, subject: string, cost: number): void {
    this.memory.refund(policy, subject, cost)
    void this.limiter(policy)
      .reward(this.keyOf(subject), cost)
      .catch(() => undefined)
  }

  private keyOf(subject: string): string {
    return createHmac('sha256', this.options.secret).update(`rates ${subject}`).digest('base64url')
  }

  private limiter({ name, requests, window }: RatePolicy): RateLimiterRedis {
    const known = this.limiters.get(name)
    if (known) return known
    const limiter = new RateLimiterRedis({
      storeClient: this.options.redis,
      rejectIfRedisNotReady: true,
      keyPrefix: `rachis:rate:${name}`,
      points: requests,
      duration: window
    })
    this.limiters.set(name, limiter)

    return limiter
  }
}
