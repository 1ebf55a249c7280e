import { groupedBy } from '../util/grouped-by'
import type { Resuming } from './resume-run'

/** A connection that keeps a place in the feed, from which it goes on when it is cut. */
export interface Follower {
  readonly member: Resuming & { tell(event: 'synced', data: object): void }
  /** The number of its subscriptions that are sent what they missed. Until that is done it does not have everything. */
  resuming: number
  /** The hold by which it was told last what other rights bring and take. */
  changing?: object
}

interface SyncedOptions {
  /** Whether everything was handed on that was committed when the feed was read last, and told. */
  readonly isUpToDate: () => boolean
  /** The token of all that a connection was sent; undefined where it is sent nothing now. */
  readonly tokenOf: (member: Resuming) => string | undefined
}

/** Milliseconds after which it is looked again whether a connection has everything: no event says that its rights are known again. */
const RETRY = 50

/** Tells connections that have been sent something when they have everything: then they have whole transactions. */
export class Synced {
  private readonly waiting = new Set<Follower>()
  private timer?: NodeJS.Timeout

  constructor(private readonly options: SyncedOptions) {}

  /** To be called whenever a connection may have everything now. */
  note(follower: Follower) {
    this.waiting.add(follower)
    this.schedule()
  }

  /**
   * To be called before a connection is sent something. Where that is the first that other rights bring or take, it is told a token
   * with which it reads anew, in case that it is cut before it has all of that.
   */
  sending(follower: Follower, changing: object | undefined, token: () => string) {
    if (changing && changing !== follower.changing) follower.member.tell('synced', { position: token() })
    follower.changing = changing
  }

  leave(follower: Follower) {
    this.waiting.delete(follower)
  }

  /** To be called when the feed was read. Connections with the same token are told together. */
  tell() {
    if (this.waiting.size === 0 || !this.options.isUpToDate()) return
    const tokens = new Map([...this.waiting].map((follower) => [follower, this.tokenOf(follower)]))
    const ready = [...this.waiting].filter((follower) => tokens.get(follower) !== undefined)
    for (const followers of groupedBy(ready, (follower) => tokens.get(follower)!))
      this.tellAll(followers, { position: tokens.get(followers[0]!) })
  }

  private tokenOf({ member, resuming }: Follower): string | undefined {
    return resuming > 0 ? undefined : this.options.tokenOf(member)
  }

  private tellAll(followers: readonly Follower[], data: object) {
    for (const follower of followers) {
      this.waiting.delete(follower)
      follower.member.tell('synced', data)
    }
  }

  private schedule() {
    this.timer ??= setTimeout(() => {
      this.timer = undefined
      this.tell()
      if (this.waiting.size > 0) this.schedule()
    }, RETRY).unref()
  }
}
