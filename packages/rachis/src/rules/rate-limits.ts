import type { Principal } from '../declare/declarations'
import { networkOf } from '../util/network'
import type { RateCount, RateCounter, RatePolicy } from '../util/rate-counter'
import { Allowance, beyondPolicy, costWithin } from '../util/allowance'

/** Policies that hold for every request; those of resources and operations are declared. */
export interface RatePolicies {
  readonly address: RatePolicy
  /** Of a user, by whichever credentials and from wherever they call. */
  readonly user?: RatePolicy
  /** Of one API key. */
  readonly key?: RatePolicy
}

/** Whom a call is counted for. */
export interface RatedCaller {
  readonly address?: string
  readonly user?: Principal
  /** The name of the API key that it is called with. */
  readonly key?: string
  readonly allowance?: Allowance
}

interface Options extends RatePolicies {
  readonly counter: RateCounter
  /** Told of the first refusal of each window. */
  readonly onRefused?: (policy: string, address: string | undefined) => void
}

type Claim = readonly [policy: RatePolicy, subject: string, cost: number]

/** What was counted, and how much was used then. */
type Counted = readonly [Claim, RateCount]

/** What is still to be counted of a call, of which something has been counted already. */
const costDue = (policy: RatePolicy, due: number, counted: number, allowance?: Allowance): number =>
  allowance?.isPrepaid
    ? Math.min(due, allowance.costLeft(policy))
    : costWithin(policy, due + counted) - counted

/** One budget for every transport: requests and messages of sockets are counted here, and nowhere else. */
export class RateLimits {
  constructor(private readonly options: Options) {}

  /** Whether callers have budgets besides the one of their address. */
  get ofCallers(): boolean {
    return this.options.user !== undefined || this.options.key !== undefined
  }

  /**
   * Counts a request before anything of it is read: at once where it is counted in memory.
   *
   * @throws {ApiError} TOO_MANY_REQUESTS with `Retry-After`
   */
  admit(address = ''): Allowance | Promise<Allowance> {
    const counted = this.options.counter.add(this.options.address, networkOf(address), 1)

    return counted instanceof Promise
      ? counted.then((count) => this.allow(count, address))
      : this.allow(counted, address)
  }

  private allow(count: RateCount, from: string): Allowance {
    const { address } = this.options
    const allowance = new Allowance(address, count)
    if (count.used > address.requests) throw this.refused([address, from, 1], count, { address: from, allowance }) // prettier-ignore

    return allowance
  }

  /**
   * Counts a call once it is known who calls.
   *
   * @param declared the policies of its operation
   * @param cost how many requests it counts for
   * @param paid how many of them its address has been counted for
   * @throws {ApiError} TOO_MANY_REQUESTS with `Retry-After`
   */
  async charge(
    caller: RatedCaller,
    { declared = [], cost, paid }: { declared?: readonly RatePolicy[]; cost: number; paid: number }
  ): Promise<void> {
    const counted: Counted[] = []
    for (const claim of this.claims(caller, declared, cost, paid)) {
      const [policy, subject, points] = claim
      const count = await this.options.counter.add(policy, subject, points)
      caller.allowance?.tell(policy, count)
      if (count.used > policy.requests) {
        for (const one of counted) this.refund(one, caller)
        throw this.refused(claim, count, caller)
      }
      caller.allowance?.spend(policy, points)
      counted.push([claim, count])
    }
  }

  /**
   * Counts the calls that one request makes, before the first of them is made. With all that they cost beyond that, the request never
   * costs more than a whole limit, so that it can be made where nothing else has been counted. What operations declare is counted by each
   * call.
   *
   * @example await limits.prepay(caller, 100) // a batch of 100 calls
   * @throws {ApiError} TOO_MANY_REQUESTS with `Retry-After`, having counted one call at most
   */
  async prepay(caller: RatedCaller, calls: number): Promise<void> {
    caller.allowance?.prepay(calls)
    await this.charge(caller, { cost: calls + 1, paid: 1 }).catch((thrown: unknown) => {
      caller.allowance?.prepay(0)
      throw thrown
    })
  }

  /** The narrowest first. */
  private claims(caller: RatedCaller, declared: readonly RatePolicy[], cost: number, paid: number): Claim[] {
    const { address, user, key } = this.options
    const network = networkOf(caller.address ?? '')
    const id = caller.user && `user ${String(caller.user.id)}`
    const ofDeclared = (policy: RatePolicy): Claim => [policy, id ?? network, costWithin(policy, cost)]
    const claim = (policy: RatePolicy, subject: string, counted: number): Claim => [
      policy,
      subject,
      costDue(policy, cost - counted, counted, caller.allowance)
    ]
    const counted = caller.allowance?.isPrepaid ? 1 : 0
    const general = [
      ...(key && caller.key ? [claim(key, caller.key, counted)] : []),
      ...(user && id ? [claim(user, id, counted)] : []),
      claim(address, network, paid)
    ]

    return [...declared.map(ofDeclared), ...general.filter(([, , points]) => points > 0)]
  }

  /** What a limit that was asked before has counted for a call that a later one refuses. That it called at all stays counted. */
  private refund([[policy, subject, cost], { used, until }]: Counted, { allowance }: RatedCaller): void {
    if (cost === 1) return
    allowance?.spend(policy, -cost)
    allowance?.tell(policy, { used: used - cost, until })
    this.options.counter.refund(policy, subject, cost)
  }

  /** What was refused has not been done: a costly call leaves its cost to cheaper ones. */
  private refused([policy, subject, cost]: Claim, count: RateCount, { address, allowance }: RatedCaller) {
    const { counter, onRefused } = this.options
    if (count.used - cost <= policy.requests) onRefused?.(policy.name, address)
    const error = beyondPolicy(policy, count)
    const headers = allowance?.headers() ?? []
    for (let index = 0; index < headers.length; index += 2)
      error.payload.headers = { ...error.payload.headers, [headers[index]!]: headers[index + 1]! }
    if (cost > 1) counter.refund(policy, subject, cost)

    return error
  }
}

declare module '../declare/declarations' {
  interface Configuration {
    /** Undefined where requests are not limited. */
    rates?: RateLimits
  }
}
