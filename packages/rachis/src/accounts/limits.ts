import type { Redis } from 'ioredis'
import type { Knex } from 'knex'
import { RateLimiterPostgres, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible'
import type { RateLimiterAbstract } from 'rate-limiter-flexible'
import type { Settings } from '../declare/declarations'
import type { Application } from '../declare/declarations'
import { networkOf } from '../util/network'
import { ApiError, isUnreachable, tooManyRequests, unavailable } from '../errors/errors'
import { emailOf } from '../declare'
import { fingerprint } from './secrets'
import { callerOf, recordSecurity } from './security'

type Counts = Omit<Settings['auth']['limits'], 'window'>
export type LimitName = keyof Counts
/** Whose attempts are counted: an email, an address, a user's id. */
export type Subject = string | number

/** Guessing must stop where it cannot be counted; floods of what nobody can guess may pass for a while. */
const OPEN: readonly LimitName[] = ['refresh_address', 'token_address']
const TABLE = 'rate_limits'

interface LimitsOptions {
  readonly knex: Knex
  readonly redis?: Redis
  readonly settings: Settings['auth']['limits']
  readonly secret: string
  readonly onError: (error: unknown) => void
}

/** One key for all spellings of whom it stands for. */
const canonical = (name: LimitName, subject: Subject): string =>
  name.endsWith('_email')
    ? (emailOf(String(subject)) ?? String(subject).normalize('NFKC').trim().toLowerCase())
    : networkOf(String(subject))

const secondsOf = ({ msBeforeNext }: RateLimiterRes) => Math.max(1, Math.ceil(msBeforeNext / 1000))

const tooMany = (expected: number, result: RateLimiterRes) => {
  const retry_after = secondsOf(result)

  return tooManyRequests(`Too many requests: try again in ${retry_after} seconds`, expected, retry_after)
}

/** The first refusal in the window of a limit is recorded; those after it would only fill the log. */
export class LimitPassed extends ApiError {}

/**
 * Attempts, counted in Redis where there is one, otherwise in PostgreSQL: for all processes together, by one atomic statement,
 * before whatever they are attempts at. Who is counted is kept as an HMAC, so that the store is no list of addresses.
 */
export class Limits {
  private readonly limiters: Record<LimitName, RateLimiterAbstract>

  constructor(private readonly options: LimitsOptions) {
    const { window: _window, ...counts } = options.settings
    const names = Object.keys(counts) as LimitName[]
    this.limiters = Object.fromEntries(
      names.map((name, index) => [name, this.limiter(name, counts[name], index === 0)])
    ) as Record<LimitName, RateLimiterAbstract>
  }

  private limiter(name: LimitName, points: number, isFirst: boolean): RateLimiterAbstract {
    const { redis, knex, settings } = this.options
    const common = { points, duration: settings.window, keyPrefix: `rachis:limit:${name}` }
    if (redis) return new RateLimiterRedis({ ...common, storeClient: redis, rejectIfRedisNotReady: true })

    return new RateLimiterPostgres({
      ...common,
      ...{ storeClient: knex, storeType: 'knex', tableName: TABLE, tableCreated: true },
      // One of them clears the table of what is over, for all.
      clearExpiredByTimeout: isFirst
    })
  }

  private keyOf(name: LimitName, subject: Subject): string {
    return fingerprint(this.options.secret, 'limits', canonical(name, subject))
  }

  /**
   * Counts an attempt.
   *
   * @returns whether it is still allowed, and whether it is the first that is not
   * @throws {ApiError} TOO_MANY_REQUESTS with the seconds to wait; UNAVAILABLE where it cannot be counted
   */
  async consume(name: LimitName, subject: Subject, points = 1): Promise<void> {
    try {
      await this.limiters[name].consume(this.keyOf(name, subject), points)
    } catch (error) {
      if (!(error instanceof RateLimiterRes)) return this.uncounted(name, error)
      const limit = this.options.settings[name]
      const refusal = tooMany(limit, error)
      const isFirst = error.consumedPoints - points <= limit
      throw isFirst ? new LimitPassed('TOO_MANY_REQUESTS', refusal.payload) : refusal
    }
  }

  private uncounted(name: LimitName, cause: unknown): void {
    this.options.onError(cause)
    if (OPEN.includes(name)) return
    if (!this.options.redis && !isUnreachable(cause)) throw cause
    throw unavailable('Attempts cannot be counted for the moment', cause)
  }

  /** Takes attempts back: the one that turned out to be right, and no other; or those of a list of which none was made. */
  async refund(name: LimitName, subject: Subject, points = 1): Promise<void> {
    await this.limiters[name].reward(this.keyOf(name, subject), points).catch(this.options.onError)
  }

  /** Starts anew, for who has proved by another way to be the one that is counted. */
  async reset(name: LimitName, subject: Subject): Promise<void> {
    await this.limiters[name].delete(this.keyOf(name, subject)).catch(this.options.onError)
  }
}

/**
 * Counts an attempt of a call, and records where a limit is passed.
 *
 * @example await countAttempt(app, 'login_email', email, params)
 */
export const countAttempt = async (
  app: Application,
  name: LimitName,
  subject: Subject,
  params: object,
  points = 1
): Promise<void> => {
  try {
    await app.get('limits').consume(name, subject, points)
  } catch (error) {
    if (error instanceof LimitPassed) {
      const email = name.endsWith('_email') ? emailOf(String(subject)) : undefined
      const event = name === 'login_email' ? 'login_locked' : 'rate_limited'
      const facts = { ...callerOf(params), ...(email ? { email } : {}), details: { limit: name } }
      await recordSecurity(app, event, facts)
    }
    throw error
  }
}

/** The same for where the call came from; the server's own calls come from nowhere. */
export const countCaller = async (app: Application, name: LimitName, params: object, points = 1) => {
  const { address } = callerOf(params)
  if (address) await countAttempt(app, name, address, params, points)
}

/**
 * Counts an attempt at somebody's password, before it is looked at: by address first, so that one address cannot lock more
 * accounts than its own limit. Answers what takes the attempt back once the password was right. The others of the hour stay:
 * who may sign in to one account must not thereby get more guesses at another.
 *
 * @example
 * const isRight = await countPassword(app, email, params)
 * if (await matches(password)) await isRight()
 */
export const countPassword = async (app: Application, email: string, params: object) => {
  await countCaller(app, 'login_address', params)
  await countAttempt(app, 'login_email', email, params)
  const { address } = callerOf(params)
  const limits = app.get('limits')

  return async (): Promise<void> => {
    await Promise.all([
      limits.refund('login_email', email),
      ...(address ? [limits.refund('login_address', address)] : [])
    ])
  }
}

/** Whether one more mail may go to an address, for what is answered alike either way: whoever has it is not to be flooded. */
export const mayMail = (app: Application, email: string, params: object): Promise<boolean> =>
  countAttempt(app, 'mail_email', email, params).then(
    () => true,
    (error: unknown) => {
      if ((error as ApiError).errorCode !== 'TOO_MANY_REQUESTS') throw error
      return false
    }
  )

declare module '../declare/declarations' {
  interface Configuration {
    limits: Limits
  }
}
