import { setImmediate } from 'timers/promises'
import type { Audience } from '../../rules/audience'
import type { Model } from '../../model/model'
import type { User } from '../../rules/policy'
import { rightsText } from '../../rules/rights-mark'
import type { Affected, Change } from '../change'
import type { Delivery, DifferenceOptions, Viewer } from './difference'
import { difference } from './difference'
import type { Hold } from './held'
import { inTurns } from './in-turns'
import type { Realtime } from './realtime'
import type { Subscriber } from '../subscriber'
import { wantsPacket } from '../subscriber'

/** Events that are written in one go: some 3 milliseconds. An event of somebody else's needs a dozen turns in between. */
const DELIVERIES = 250

/** A connection with the user that it stands for. */
export interface Connection extends Subscriber {
  user: User
  /** Ends the connection in a way that its client comes back from. */
  close(): void
}
export interface RightsOptions extends DifferenceOptions {
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
}

const groupedBy = <T>(items: readonly T[], keyOf: (item: T) => string): T[][] => {
  const groups = new Map<string, T[]>()
  for (const item of items) {
    const key = keyOf(item)
    const group = groups.get(key)
    if (group) group.push(item)
    else groups.set(key, [item])
  }

  return [...groups.values()]
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

  constructor(private readonly options: RightsOptions) {}

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
    const held = [...new Set(members)].filter((member) => realtime.hold(member, position()))
    if (held.length === 0) return
    const run = this.run(held)
      .catch(this.options.onError)
      .finally(() => this.running.delete(run))
    this.running.add(run)
  }

  /** Looks up connections that are held already, sends each the difference of its rights, and releases it. */
  async release(members: readonly Connection[]): Promise<void> {
    const run = this.run(members).finally(() => this.running.delete(run))
    this.running.add(run)
    await run
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
    await inTurns(alike, (group) => this.settle(group).catch((error) => this.cut(group, error)))
  }

  private async identifyAll(members: readonly Connection[]): Promise<Pending[]> {
    const groups = groupedBy(members, this.options.sockets.credential)
    const pending: Pending[] = []
    await inTurns(groups, async (group) => void pending.push(...(await this.identify(group))))

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
        .map((one) => ({ ...one, to }))
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

  private async settle(group: readonly Pending[]) {
    const { realtime } = this.options
    const { from, to } = group[0]!
    const isSame = rightsText(from.audience) === rightsText(to.audience)
    const isFirst = group.every(({ hold }) => hold.former.length === 0)
    const until = isSame && isFirst ? undefined : await this.tell(group)
    const left = group.filter((one) => this.isPending(one))
    const [due, done] = [left.filter(({ hold }) => hold.isDue), left.filter(({ hold }) => !hold.isDue)]
    for (const { member, to: now } of left) Object.assign(member, { user: now.user })
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
  private async tell(group: readonly Pending[]): Promise<number> {
    const { models } = this.options
    const { from, to } = group[0]!
    for (const model of models.filter(
      ({ name }) => from.audience.columns.has(name) || to.audience.columns.has(name)
    )) {
      const told = await difference(this.options, model, from, to)
      for (const one of told) await this.sendRows(group, model, one)
    }

    // The position is read last: a record that leaves the view while the difference is read appears in neither list; its own change reports it.
    return this.lastPosition()
  }

  /** Many records for many connections take long to write, so events of others are sent in between. */
  private async sendRows(group: readonly Pending[], { name, path }: Model, [event, rows]: Delivery) {
    const { position } = group[0]!.hold
    let written = 0
    for (const data of rows) {
      if (!group.some((one) => this.isPending(one))) return
      const packet = { path, event, data, position }
      for (let start = 0; start < group.length; start += DELIVERIES) {
        if (written >= DELIVERIES) written = await setImmediate(0)
        const part = group.slice(start, start + DELIVERIES).filter((one) => this.isPending(one))
        const receivers = part.filter(({ member }) => wantsPacket(member, name, packet))
        for (const { member } of receivers) member.send(packet)
        written += receivers.length
      }
    }
  }

  private async lastPosition(): Promise<number> {
    const text = 'select coalesce(max(id), 0) as position from changes'
    const [row] = await this.options.database.query({ text, values: [] })

    return Number(row!.position)
  }
}
