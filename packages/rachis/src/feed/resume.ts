import { setTimeout as pause } from 'timers/promises'
import type { Model } from '../model/model'
import { changedRights, isSameSchema, rightsMark } from '../rules/rights-mark'
import type { Change } from './change'
import type { Hold } from './consumers/held'
import type { Rights } from './consumers/rights'
import type { Realtime } from './consumers/realtime'
import type { Feed } from './feed'
import { Rations } from './rations'
import type { Batch } from './runner'
import { BATCH } from './runner'
import type { Partly, Resuming, Run } from './resume-run'
import { hasAll, markOf, untilTold } from './resume-run'
import type { ResumeToken } from './resume-token'
import { formatToken, parseToken } from './resume-token'
import type { RightsChangeOptions } from './rights-changes'
import { touchesRights } from './rights-changes'
import type { ResetReason } from './reset'
import { behindReset, reached, retryPause, sendReset } from './reset'
import { mayReadOf } from './subscriber'
import { isTruncation } from './truncations'

/** Missed changes that are replayed, at most. To read everything anew is cheaper than more of them. */
export const MAX_MISSED = 10_000
/** Failures in a row after which what can be read, but not be told, is reset. */
const PATIENCE = 5

export interface ResumeOptions extends RightsChangeOptions {
  readonly feed: Feed
  readonly realtime: Realtime
  readonly rights: Pick<Rights, 'lookUp'>
  /** The error of whoever has waited too long for its turn. */
  readonly overloaded: () => Error
  /** Up to which real time has consumed the feed. */
  readonly position: () => number
  readonly onError: (error: unknown) => void
}

/**
 * Sends connections what they have missed since a place in the feed, by the rights that they have now, and joins them to what happens.
 * While one is sent what it missed nothing is kept for it, however long that takes, but for the last changes. What fails is tried again
 * from where it was: a client that was sent away would come back at once, and all others with it.
 */
export class Resume {
  private readonly places = new WeakMap<Hold, ResumeToken>()

  /** Of all who come back to this process. */
  readonly rations: Rations

  constructor(private readonly options: ResumeOptions) {
    this.rations = new Rations(options)
  }

  /**
   * Begins with a connection that has not joined yet. Resolves once it was sent what it missed, or has gone.
   *
   * @param text the token that the client has; one that is none is answered by `reset` of everything
   * @param isKnown whether its rights are looked up by others, as those of what a connection asks for in addition
   */
  async begin(member: Resuming, text: string, isKnown = false): Promise<void> {
    const token = parseToken(text)
    const isOfHere = token?.epoch === this.options.feed.epoch
    const hold = this.options.realtime.suspend(member, isOfHere ? token.id : this.present)
    // A change of the user between the sign-in and this moment concerned no connection.
    hold.isDue = !isKnown
    await this.run(member, hold, token ?? { rights: rightsMark(member.audience) })
  }

  /** Sends a connection that does not read nothing more until `goOn`. One that is being resumed waits by itself. */
  pause(member: Resuming) {
    const { realtime, feed, position } = this.options
    const held = realtime.held(member)
    if (held && (held.isSuspended || held.replayed !== undefined)) return
    const id = held?.position ?? realtime.toldBy(position())
    const hold = realtime.suspend(member, id)
    // Whoever was held had its rights looked up.
    hold.isDue = held !== undefined
    this.places.set(hold, { epoch: feed.epoch, id, rights: markOf(member, held) })
  }

  /** Sends what was missed since `pause`; nothing where the connection is not paused any more. */
  async goOn(member: Resuming): Promise<void> {
    const hold = this.options.realtime.held(member)
    const token = hold && this.places.get(hold)
    if (!token) return
    this.places.delete(hold)
    await this.run(member, hold, token)
  }

  /**
   * The token with which a client goes on that has everything up to the change of this id. Where an earlier change is still to be sent, as
   * to one that is sent what it missed, the token is that of the place before it.
   */
  tokenOf(member: Resuming, id = Infinity): string {
    const { realtime, feed, position } = this.options
    const held = realtime.held(member)
    const place = Math.min(id, held?.position ?? Infinity, realtime.toldBy(position()))

    return formatToken({ epoch: feed.epoch, id: place, rights: markOf(member, held) })
  }

  /** The hold of one that is told what other rights bring and take. */
  changing(member: Resuming): Hold | undefined {
    const held = this.options.realtime.held(member)
    return held?.isChanging ? held : undefined
  }

  /** The token of everything that was sent up to now; undefined while it is sent what it missed, or held. */
  synced(member: Resuming): string | undefined {
    return this.options.realtime.held(member) ? undefined : this.tokenOf(member)
  }

  private get present(): number {
    const { position, realtime } = this.options
    return Math.max(position(), realtime.lanes.position)
  }

  private async run(member: Resuming, hold: Hold, { epoch, rights: mark }: Partly): Promise<void> {
    const run: Run = { member, hold, epoch, mark, anew: new Map(), missed: 0, isChecked: false }
    if (!hold.isDue) this.compareRights(run)
    for (let failures = 0; this.isDue(run);) {
      try {
        if (await this.step(run)) return this.options.realtime.release([member], member.audience)
        failures = 0
      } catch (error) {
        if (failures++ === 0) this.options.onError(error)
        if (failures > PATIENCE && run.batch) this.resetAll(run, 'horizon')
        await pause(retryPause(failures), undefined, { ref: false })
      }
    }
  }

  private isDue({ member, hold }: Run): boolean {
    return this.options.realtime.held(member) === hold
  }

  /** Sends one batch. Answers whether everything is sent. */
  private async step(run: Run): Promise<boolean> {
    const { hold, member } = run
    if (hold.isDue) await this.refresh(run)
    const obstacle = await this.obstacle(run)
    if (!this.isDue(run) || hold.isDue) return false
    if (obstacle) this.resetAll(run, obstacle)
    const until = this.keepLast(run)
    run.batch = undefined
    const batch = (run.batch = await this.readMissed(hold.position, until))
    if (!this.isDue(run) || run.epoch !== this.options.feed.epoch) return false
    const due = batch.changes.filter(({ id }) => id <= until)
    run.missed += due.length
    const reason = this.reasonIn(run, batch, due)
    if (reason) this.resetAll(run, reason)
    else if (await this.tell(run, due)) hold.position = Math.min(batch.to, until)
    await member.drained?.()

    return hasAll(hold, until, this.options.realtime.lanes)
  }

  private reasonIn(run: Run, { isCut }: Batch, due: readonly Change[]): ResetReason | undefined {
    if (isCut) return 'horizon'
    if (run.missed > MAX_MISSED || due.some(isTruncation)) return 'size'
    const { user } = run.member

    return due.some((change) => touchesRights(this.options, user, change)) ? 'rights' : undefined
  }

  /** The id up to which is replayed. Where that is near the present, what happens from now on is kept. */
  private keepLast({ hold }: Run): number {
    const isKept = hold.replayed !== undefined && hold.from !== undefined
    if (isKept) return hold.replayed!
    const isFar = this.present - hold.position > BATCH

    return isFar ? this.present : this.options.realtime.resume(hold, this.present)
  }

  /** Settled changes behind an id, at most a batch: from memory where they are there, else in turn with all others who come back. */
  async readMissed(after: number, until: number): Promise<Batch> {
    const { feed } = this.options
    if (after >= until) return { changes: [], to: until }

    return feed.ring.behind(after, feed.cursor, BATCH) ?? this.rations.replay(after)
  }

  /** Answers whether all was told. */
  private async tell(run: Run, due: readonly Change[]): Promise<boolean> {
    const { member, hold } = run
    let isWhole = true
    await this.options.realtime.replay([behindReset(run)], due, async (id) => {
      await member.drained?.()
      isWhole = this.isDue(run) && !hold.isDue
      if (isWhole) hold.position = id

      return isWhole
    })

    return isWhole
  }

  /** Looks up whom the connection stands for now, and tells it what to read anew since it may read something else. */
  private async refresh(run: Run): Promise<void> {
    const { member, hold } = run
    hold.isDue = false
    await this.options.rights.lookUp(member).catch((error: unknown) => {
      hold.isDue = true
      throw error
    })
    if (this.isDue(run)) this.compareRights(run)
  }

  /** What may be read by other rights than the client had is to be read anew. */
  private compareRights(run: Run) {
    if (run.epoch !== this.options.feed.epoch) return
    const changed = this.changed(run)
    const mark = rightsMark(run.member.audience)
    const reason = isSameSchema(run.mark, mark) ? 'rights' : 'schema'
    run.mark = mark
    sendReset(run, { reason, position: this.present }, changed)
  }

  private changed({ mark, member }: Run): Model[] {
    const { models } = this.options
    const names = models.map(({ name }) => name)
    const changed = new Set(changedRights(mark, rightsMark(member.audience), names))

    return models.filter(({ name }) => changed.has(name))
  }

  private async obstacle(run: Run): Promise<ResetReason | undefined> {
    const { feed } = this.options
    if (run.epoch !== feed.epoch) return 'epoch'
    if (run.isChecked) return undefined
    run.isChecked = true
    const { position } = run.hold
    if (position > feed.cursor) await reached(feed, position)
    await untilTold(() => this.present >= position)

    return position > feed.cursor || feed.skipsSome ? 'ahead' : undefined
  }

  /** Of everything that it may read, or could. It goes on from the present. */
  private resetAll(run: Run, reason: ResetReason) {
    const { member } = run
    const readable = this.options.models.filter(({ name }) => mayReadOf(name, member))
    const readBefore = run.epoch === undefined ? [] : this.changed(run)
    run.epoch = this.options.feed.epoch
    run.missed = 0
    run.hold.position = this.present
    sendReset(run, { reason, position: this.present }, [...new Set([...readable, ...readBefore])])
    for (const path of run.anew.keys()) run.anew.set(path, this.present)
  }
}
