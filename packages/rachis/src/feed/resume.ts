import { once } from 'events'
import type { Model } from '../model/model'
import type { Audience } from '../rules/audience'
import { changesOnlyTimes } from '../rules/audience'
import { resourceOfKey } from '../rules/keys'
import type { User } from '../rules/policy'
import { changedRights, rightsMark } from '../rules/rights-mark'
import type { Affected, Change } from './change'
import type { Realtime } from './consumers/realtime'
import type { Feed } from './feed'
import type { ResumeToken } from './resume-token'
import { BATCH } from './runner'
import type { Subscriber } from './subscriber'

/** Missed changes that are replayed, at most. To read everything anew is cheaper than more of them. */
const MAX_MISSED = 10_000
/** Milliseconds that a token of another process is waited for, whose feed was read further than that of this one. */
const AHEAD = 1000

/**
 * Why a subscriber has to read anew. `epoch`: the token is of another history, as before a restore, or none at all. `horizon`: what
 * was missed was removed as too old. `ahead`: the token is of a place that this process does not reach. `rights`: what the
 * subscriber may read is other than it was. `size`: too much was missed.
 */
export type ResetReason = 'epoch' | 'horizon' | 'ahead' | 'rights' | 'size'

/** A subscriber that can be asked to wait until it has taken what it was sent. */
export interface Resuming extends Subscriber {
  readonly user: User
  /** Resolves once it can be sent more; by default it always can. */
  drained?(): Promise<void>
}

export interface ResumeOptions {
  readonly feed: Feed
  readonly realtime: Realtime
  readonly models: readonly Model[]
  readonly audienceOf: (user: User) => Audience
  /** The records of the users whose rights a change may have changed, such as `users/7`. */
  readonly affected: Affected
  /** The record of a user. */
  readonly recordOf: (user: NonNullable<User>) => string
  readonly isConnected: (subscriber: Subscriber) => boolean
}

interface Replay {
  /** With the part of its audience that is replayed. */
  readonly subscriber: Resuming
  readonly isConnected: () => boolean
  readonly after: number
  /** The id up to which changes are replayed; later ones are kept for the subscriber while it is held. */
  readonly until: number
}

/** Sends a subscriber what it has missed since a place in the feed, by the rights that it has now. */
export class Resume {
  constructor(private readonly options: ResumeOptions) {}

  /**
   * Sends what was missed, or `reset` for what cannot be replayed. The subscriber must be held in real time: what happens up to `until` is
   * sent here, and what happens later is kept for it meanwhile.
   *
   * @param token undefined for a text that is no token
   */
  async replay(subscriber: Resuming, token: ResumeToken | undefined, until: number): Promise<void> {
    const names = this.options.models.map(({ name }) => name)
    const reason = await this.obstacle(token)
    if (!token || reason) return this.reset(subscriber, reason ?? 'epoch', names, until)
    const changed = changedRights(token.rights, rightsMark(subscriber.audience), names)
    this.reset(subscriber, 'rights', changed, until)
    const left = { ...subscriber, audience: without(subscriber.audience, new Set(changed)) }
    const isConnected = () => this.options.isConnected(subscriber)
    const failed = await this.replayRange({ subscriber: left, after: token.id, until, isConnected })
    const rest = names.filter((name) => !changed.includes(name))
    if (failed) this.reset(subscriber, failed, rest, until)
  }

  private async obstacle(token: ResumeToken | undefined): Promise<ResetReason | undefined> {
    const { feed } = this.options
    if (token?.epoch !== feed.epoch) return 'epoch'
    if (token.id > feed.cursor) await this.reached(token.id)

    return token.id > feed.cursor || feed.skipsSome ? 'ahead' : undefined
  }

  private async reached(id: number): Promise<void> {
    const { feed } = this.options
    const signal = AbortSignal.timeout(AHEAD)
    feed.wake()
    while (feed.cursor < id && !signal.aborted)
      await once(feed, 'position', { signal }).catch(() => undefined)
  }

  private async replayRange({
    subscriber,
    after,
    until,
    isConnected
  }: Replay): Promise<ResetReason | undefined> {
    const { feed, realtime } = this.options
    let missed = 0
    for (let from = after; from < until && isConnected();) {
      const { changes, to, isCut } = await feed.readAgain(from, BATCH)
      if (isCut) return 'horizon'
      const due = changes.filter(({ id }) => id <= until)
      missed += due.length
      if (missed > MAX_MISSED) return 'size'
      if (due.some((change) => this.touches(subscriber.user, change))) return 'rights'
      if (due.length > 0) await realtime.replay(subscriber, due)
      await subscriber.drained?.()
      from = to
    }

    return undefined
  }

  /**
   * Whether a change has, or may have, given this user other rights. The mark of rights alone does not show that: rights that were taken and
   * given back leave it as it was, and what happened in between was not theirs to read.
   */
  private touches(user: User, change: Change): boolean {
    const { affected, recordOf } = this.options
    if (!user || !affected(change).includes(recordOf(user))) return false

    return `${change.resource}/${change.record_id}` !== recordOf(user) || !this.isHarmless(user, change)
  }

  /** A change of times alone, such as that of the last log-in, that leaves the user with the same rights. */
  private isHarmless(user: NonNullable<User>, { resource, before, after }: Change): boolean {
    const { audienceOf, models } = this.options
    const model = models.find(({ name }) => name === resource)!
    if (!before || !after || !changesOnlyTimes(model, before, after)) return false
    const [then, now] = [before, after].map((row) => rightsMark(audienceOf({ ...user, ...row })))

    return then === now
  }

  private reset(subscriber: Resuming, reason: ResetReason, names: readonly string[], position: number) {
    this.options.realtime.resetOf([subscriber], position, names, { reason })
  }
}

const without = (audience: Audience, resources: ReadonlySet<string>): Audience => ({
  ...audience,
  keys: audience.keys.filter((key) => !resources.has(resourceOfKey(key))),
  columns: new Map([...audience.columns].filter(([name]) => !resources.has(name)))
})
