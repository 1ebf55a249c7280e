import type { ApiError } from '../errors/errors'
import { tooManyRequests } from '../errors/errors'
import type { RateCount, RatePolicy } from './rate-counter'

const secondsUntil = ({ until }: RateCount) => Math.max(1, Math.ceil((until - Date.now()) / 1000))
const remainingOf = ({ requests }: RatePolicy, { used }: RateCount) => Math.max(0, requests - used)

type Told = readonly [policy: RatePolicy, count: RateCount]

const policyItem = ([{ name, requests, window }]: Told) => `"${name}";q=${requests};w=${window}`
const limitItem = ([policy, count]: Told) =>
  `"${policy.name}";r=${remainingOf(policy, count)};t=${secondsUntil(count)}`

/** A cost beyond the whole of a policy could never be met. */
export const costWithin = ({ requests }: RatePolicy, cost: number): number => Math.min(cost, requests)

/**
 * What one request, or one message of a socket, has been counted for. Its answer tells by its headers.
 *
 * @see https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/10/
 */
export class Allowance {
  private readonly told: Told[]
  /** The first call of a request is counted with the request itself; each further one, as of a batch, by itself. */
  private isTaken = false
  /** Calls that were counted before they are made, and are still to come. */
  private prepaid = 0
  /** Whether the present call is one of those. */
  isPrepaid = false
  private readonly spent = new Map<string, number>()

  constructor(policy: RatePolicy, count: RateCount) {
    this.told = [[policy, count]]
    this.spend(policy, 1)
  }

  /** Takes calls as counted that are still to be made. */
  prepay(calls: number): void {
    this.prepaid = calls
    this.isPrepaid = calls > 0
  }

  /** Notes what the request has cost of a policy. */
  spend({ name }: RatePolicy, cost: number): void {
    this.spent.set(name, (this.spent.get(name) ?? 0) + cost)
  }

  /** How much more the request may cost of a policy until it has cost the whole of it. */
  costLeft({ name, requests }: RatePolicy): number {
    return requests - (this.spent.get(name) ?? 0)
  }

  /** @returns whether a call has been counted: as the first one of its request, or before it is made */
  take(): boolean {
    this.isPrepaid = this.prepaid > 0
    if (this.isPrepaid) {
      this.prepaid--
      return true
    }
    const isFirst = !this.isTaken
    this.isTaken = true

    return isFirst
  }

  /** Notes the present count of a policy. */
  tell(policy: RatePolicy, count: RateCount): void {
    const index = this.told.findIndex(([{ name }]) => name === policy.name)
    if (index === -1) this.told.push([policy, count])
    else this.told[index] = [policy, count]
  }

  /**
   * The headers of the answer, names and values in turn. `X-RateLimit-*` tells of the policy with the least left, and its reset in
   * seconds since 1970, as koa-ratelimit does.
   */
  headers(): readonly string[] {
    const [policy, count] = this.tightest()

    return [
      ...['X-RateLimit-Limit', String(policy.requests)],
      ...['X-RateLimit-Remaining', String(remainingOf(policy, count))],
      ...['X-RateLimit-Reset', String(Math.ceil(count.until / 1000))],
      ...['RateLimit-Policy', this.told.map(policyItem).join(', ')],
      ...['RateLimit', this.told.map(limitItem).join(', ')]
    ]
  }

  private tightest(): Told {
    return this.told.reduce((least, one) => (remainingOf(...one) < remainingOf(...least) ? one : least))
  }
}

/** The names of the headers of `Allowance.headers`. */
export const RATE_HEADERS = [
  'X-RateLimit-Limit', 'X-RateLimit-Remaining', 'X-RateLimit-Reset', 'RateLimit-Policy', 'RateLimit'
] // prettier-ignore

/** The refusal of a request beyond a policy. */
export const beyondPolicy = ({ name, requests, window }: RatePolicy, count: RateCount): ApiError =>
  tooManyRequests(
    `Too many requests: the limit ${name} allows ${requests} in ${window} seconds`,
    requests,
    secondsUntil(count)
  )
