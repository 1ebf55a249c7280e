import { setImmediate } from 'timers/promises'
import type { Audience } from '../../rules/audience'
import type { Model } from '../../model/model'
import type { User } from '../../rules/policy'
import { rightsText } from '../../rules/rights-mark'
import type { Affected, Change } from '../change'
import type { Delivery, DifferenceOptions, Plan, Viewer } from './difference'
import { countsFor, differences, planOf } from './difference'
import type { Hold } from './held'
import { inTurns } from './in-turns'
import type { Realtime } from './realtime'
import { coalesced, readLast, sharingReads } from './shared-reads'
import type { Subscriber } from '../subscriber'
import type { Asking, ShapesOfRights } from '../asking'
import { standFor } from '../asking'
import { packetsOf } from './parts'
import { groupedBy } from '../../util/grouped-by'
import { slicesOf } from '../../util/slices-of'

/** Events that are written in one go: some 3 milliseconds. An event of somebody else's needs a dozen turns in between. */
const DELIVERIES = 250
/** Groups of connections with other rights than all others, for which it is counted together what their change of rights means. */
const GROUPS = 100
/** Credentials that are looked up at once: those that wait for the same table are read by one statement. */
const IDENTIFIED = 50
/** A connection with the user that it stands for. */
export interface Connection extends Subscriber {
  user: User
  readonly asks?: Asking
  /** Ends the connection in a way that its client comes back from. */
  close(): void
}
export interface RightsOptions extends Omit<DifferenceOptions, 'counts'> {
  readonly models: readonly Model[]
  readonly realtime: Realtime
  /** Up to which the feed was handed on. */
  readonly position: () => number
  readonly audienceOf: (user: User) => Audience
  /** The records of the users whose rights a change may have changed, such as `users/7`. */
  readonly affected: Affected
  /** The record behind credentials that a change concerns, such as `sessions/<id>`. */
  readonly credentialOf: (change: Change) => string | undefined
  readonly sockets: {
    /** The connections that are signed in as this user, in this session or by this key. */
    readonly connectionsOf: (record: string) => readonly Connection[]
    /** What the connection is signed in by; the same for connections that are signed in by the same. */
    readonly credential: (member: Connection) => string
    /** Looks up whom these connections, all with the same credential, stand for now, and for which of them that holds; sets it on them. */
    readonly identify: (members: readonly Connection[]) => Promise<Identified>
    readonly isConnected: (member: Connection) => boolean
  }
  readonly onError: (error: unknown) => void
}
interface Identified { readonly user: User; readonly holdsOf: ReadonlySet<Connection> } // prettier-ignore
/** A connection that is sent nothing until it is known what it may see. */
interface Pending {
  readonly member: Connection
  readonly hold: Hold
  readonly from: Viewer
  readonly to: Viewer
  /** What it asks for by the rights that it is going to have. */
  readonly next?: ShapesOfRights
}

/**
 * Finds out what a change of a user, a session or a key means for the connections that are signed in by it. Each is sent nothing
 * from the moment on in which the feed reads of the change, so it hears nothing by rights that it may have lost; what happens
 * meanwhile is kept and sent by the new rights. So the feed does not wait, and other connections go on receiving. Those
 * with the same credential are looked up once, and those with the same rights before and after are sent the difference together.
 */
export class Rights {
  private readonly running = new Set<Promise<void>>()
  /** Look-ups of whom connections stand for. */
  private readonly looking = new Set<Promise<unknown>>()

  /** Id of the last change that is committed. */
  private readonly lastPosition: () => Promise<number>

  constructor(private readonly options: RightsOptions) {
    this.lastPosition = coalesced(() => readLast(options.database))
  }

  consume(changes: readonly Change[]) {
    const { affected, credentialOf, sockets } = this.options
    const records = changes.flatMap((change) => [credentialOf(change) ?? '', ...affected(change)])
    this.reconsider([...new Set(records)].flatMap((record) => sockets.connectionsOf(record)))
  }

  /**
   * Also right after signing in: a change of the user that was committed between the reading of the user and the joining of the
   * connection concerned no connection when the feed handed it on.
   */
  reconsider(members: readonly Connection[]) {
    const { realtime, position } = this.options
    // Not the place up to which the feed was consumed: what is still to be told of before it would be lost to a client that resumes there.
    const told = realtime.toldBy(position())
    const held = [...new Set(members)].filter((member) => realtime.hold(member, told))
    if (held.length === 0) return
    const run = this.run(held)
      .catch(this.options.onError)
      .finally(() => this.running.delete(run))
    this.running.add(run)
  }

  /**
   * Looks up whom a suspended connection stands for now, and sets it; the difference is not sent. A connection that has signed in by
   * something else meanwhile is suspended no more.
   */
  async lookUp(member: Connection): Promise<void> {
    const { sockets, audienceOf, realtime } = this.options
    const looked = sockets.identify([member])
    this.looking.add(looked)
    const { user, holdsOf } = await looked.finally(() => this.looking.delete(looked))
    if (!holdsOf.has(member)) return
    standFor(member, user, realtime.lanes.position)
    member.audience = audienceOf(user)
  }

  /** Resolves once no connection is held any more. */
  async idle(): Promise<void> {
    while (this.running.size > 0) await Promise.all(this.running)
  }

  /** Resolves once the look-ups that run now are done. */
  async identified(): Promise<void> {
    await Promise.all(this.looking)
  }

  private async run(members: readonly Connection[]) {
    const looked = this.identifyAll(members)
    this.looking.add(looked)
    const pending = await looked.finally(() => this.looking.delete(looked))
    const alike = groupedBy(
      pending,
      ({ from, to, hold }) => `${hold.position} ${rightsText(from.audience)}${rightsText(to.audience)}`
    )
    const { database } = this.options
    const options = { ...this.options, database: sharingReads(database), counts: countsFor(database) }
    for (const groups of slicesOf(alike, GROUPS)) await this.settleAll(groups, options)
  }

  /** What is to be looked for is counted for all of them together. */
  private async settleAll(groups: readonly Pending[][], options: DifferenceOptions) {
    const plans = new Map<readonly Pending[], Plan | undefined>()
    const orCut = (work: (group: readonly Pending[]) => Promise<void>) => (group: readonly Pending[]) =>
      work(group).catch((error) => this.cut(group, error))
    await inTurns(
      groups,
      orCut(async (group) => void plans.set(group, this.planOf(group)))
    )
    await options.counts.look([...plans.values()].flatMap((one) => one?.parts ?? []))
    await inTurns([...plans.keys()], orCut((group) => this.settle(group, plans.get(group), options))) // prettier-ignore
  }

  /** What is to be looked for to tell those of a group what their new rights mean; undefined where they mean nothing. */
  private planOf(group: readonly Pending[]): Plan | undefined {
    const { from, to } = group[0]!
    const isSame = rightsText(from.audience) === rightsText(to.audience)
    return isSame && group.every(({ hold }) => hold.former.length === 0)
      ? undefined
      : planOf(this.options, from, to)
  }

  private async identifyAll(members: readonly Connection[]): Promise<Pending[]> {
    const groups = groupedBy(members, this.options.sockets.credential)
    const pending: Pending[] = []
    await inTurns(groups, async (group) => void pending.push(...(await this.identify(group))), IDENTIFIED)

    return pending
  }

  /** A connection whose rights cannot be found out, as when the database has gone, must not keep the old ones, nor lose them unheard. */
  private async identify(members: readonly Connection[]): Promise<Pending[]> {
    const { sockets, realtime, audienceOf } = this.options
    const waiting = members.flatMap((member) => {
      const hold = realtime.held(member)
      return hold ? [{ member, hold, from: { user: member.user, audience: member.audience } }] : []
    })
    for (const { hold } of waiting) hold.isDue = false
    try {
      const { user, holdsOf } = await sockets.identify(waiting.map(({ member }) => member))
      const to = { user, audience: audienceOf(user) }
      const left = waiting.filter((one) => this.isPending(one))
      // Signed in by something else by now.
      const others = left.filter(({ member }) => !holdsOf.has(member))
      if (others.length > 0) await this.run(others.map(({ member }) => member))
      return left
        .filter((one) => holdsOf.has(one.member) && this.isPending(one))
        .map((one) => ({ ...one, to, next: one.member.asks?.readBy(user) }))
    } catch (error) {
      this.cut(waiting, error)
      return []
    }
  }

  private cut(group: readonly Pick<Pending, 'member' | 'hold'>[], error: unknown) {
    for (const one of group) if (this.isPending(one)) one.member.close()
    this.options.onError(error)
  }

  /** Whoever has gone, or signed in anew, meanwhile is no longer held for this. */
  private isPending({ member, hold }: Pick<Pending, 'member' | 'hold'>): boolean {
    return this.options.realtime.held(member) === hold && this.options.sockets.isConnected(member)
  }

  private async settle(group: readonly Pending[], plan: Plan | undefined, options: DifferenceOptions) {
    const { realtime } = this.options
    const { to } = group[0]!
    const until = plan && (await this.tell(group, plan, options))
    const left = group.filter((one) => this.isPending(one))
    const [due, done] = [left.filter(({ hold }) => hold.isDue), left.filter(({ hold }) => !hold.isDue)]
    for (const { member, to: now, hold } of left) standFor(member, now.user, hold.position)
    realtime.release(
      done.map(({ member }) => member),
      to.audience,
      until
    )
    // The rights changed once more meanwhile: what was sent stays true, and the next difference begins from it.
    for (const { member, hold } of due) {
      hold.former.push(...member.audience.keys)
      member.audience = to.audience
    }
    if (due.length > 0) await this.run(due.map(({ member }) => member))
  }

  /** Sends the difference. Returns the position up to which records may have left the view that the difference did not find any more. */
  private async tell(group: readonly Pending[], plan: Plan, options: DifferenceOptions): Promise<number> {
    for (const { hold } of group) hold.isChanging = true
    for await (const [model, told] of differences(options, plan)) {
      for (const one of told) await this.sendRows(group, model, one)
    }

    // The position is read last: a record that leaves the view while the difference is read appears in neither list; its own change reports it.
    return this.lastPosition()
  }

  /** Many records for many connections take long to write, so events of others are sent in between. */
  private async sendRows(group: readonly Pending[], { name, path }: Model, [event, rows]: Delivery) {
    const about = { path, event, position: group[0]!.hold.position }
    let done = 0
    for (const { packet, changing } of packetsOf(group, name, about, rows)) {
      for (const some of slicesOf(changing, DELIVERIES)) {
        if (done >= DELIVERIES) done = await setImmediate(0)
        const left = some.filter((one) => this.isPending(one))
        for (const { member } of left) member.send(packet)
        done += left.length + 1
      }
    }
  }
}
