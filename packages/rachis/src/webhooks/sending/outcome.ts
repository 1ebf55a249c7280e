import type { WebhooksSettings } from '../settings'
import type { Response } from '../network/post'

type Rules = Pick<WebhooksSettings['webhooks'], 'retries' | 'disable_after'>

/** How an attempt ended. */
export interface Attempted {
  /** Undefined where there was no answer. */
  readonly response?: Response
  readonly error?: string
}

/** What follows from it. */
export interface Outcome {
  readonly state: 'delivered' | 'pending' | 'failed'
  /** Milliseconds until the next attempt. */
  readonly delay?: number
  /** Why the endpoint is switched off. */
  readonly disable?: 'gone' | 'failing'
}

/** What is asked of an endpoint besides the answer itself. */
export interface Situation {
  /** With this one. */
  readonly attempts: number
  /** Since when nothing was delivered, in milliseconds since 1970; undefined where this is the first failure. */
  readonly failing_since?: number
  readonly now: number
}

/** The longest time that a receiver may ask to be left alone, in seconds. */
const MAX_RETRY_AFTER = 86_400
/** So that what failed together does not come back together. */
const jittered = (seconds: number): number => seconds * (0.8 + 0.4 * Math.random())

/** Attempts of one delivery that show that an endpoint does not come back by itself. */
const ENOUGH = 5

const isTaken = ({ status }: Response): boolean => status >= 200 && status < 300

/** Statuses whose `Retry-After` counts: RFC 9110, 10.2.3, and RFC 6585, 4. */
const delayOf = (pause: number, { response }: Attempted): number => {
  const asked = response && [429, 503].includes(response.status) ? (response.retry_after ?? 0) : 0

  return 1000 * Math.max(jittered(pause), Math.min(asked, MAX_RETRY_AFTER))
}

/**
 * What follows from an attempt. 410 ends the endpoint, as Standard Webhooks says; every other answer than one of 200 to 299 is a failure, also a
 * redirect, since a receiver that has moved has to say so to the endpoint's owner and not to this server.
 *
 * @example outcomeOf({ response: { status: 503, body: '' } }, { attempts: 1, now }, rules) // { state: 'pending', delay: 5213 }
 */
export const outcomeOf = (attempted: Attempted, situation: Situation, rules: Rules): Outcome => {
  const { response } = attempted
  if (response && isTaken(response)) return { state: 'delivered' }
  if (response?.status === 410) return { state: 'failed', disable: 'gone' }
  const { attempts, failing_since, now } = situation
  const pause = rules.retries[attempts - 1]
  const isLong = failing_since !== undefined && now - failing_since >= rules.disable_after * 1000
  // What failed a while ago and was not asked since may be well again: one failure says nothing of it.
  if (isLong && (pause === undefined || attempts >= ENOUGH)) return { state: 'failed', disable: 'failing' }

  return pause === undefined ? { state: 'failed' } : { state: 'pending', delay: delayOf(pause, attempted) }
}
