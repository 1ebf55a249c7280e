import { setTimeout as pause } from 'timers/promises'
import type { Asked, Shape } from '../rules/shape'
import type { Audience } from '../rules/audience'
import { Asking } from './asking'
import type { Realtime } from './consumers/realtime'
import type { Resume } from './resume'
import type { Resuming } from './resume-run'
import type { Packet, Subscriber } from './subscriber'

/** What was found, and which of the changes behind the id that `find` was given it includes. */
export interface Found<T> {
  readonly answer: T
  readonly seen: ReadonlySet<number>
}
/** @param after id up to which all changes are committed: whatever is read now includes them */
export type Find<T> = (after: number) => Promise<Found<T>>

/** A connection that asks for more. */
export interface Subscribing extends Resuming {
  readonly asks: Asking
}

export interface SubscribingOptions {
  readonly realtime: Realtime
  readonly resume: Resume
  /** Id up to which every change is settled. */
  readonly settled: () => number
  readonly isConnected: (subscriber: Subscriber) => boolean
}

/** Lists that are read again at most, since the rights of the connection changed meanwhile. */
const ATTEMPTS = 5
/** Milliseconds that the rights of a connection are waited for. */
const PATIENCE = 10_000
/** Events that are kept while a list is read. If there are more, it is read again. */
const MAX_KEPT = 5000

/** Keeps what is told of a shape while a list of its records is read. */
class Kept implements Subscriber {
  readonly asks: Subscriber['asks']
  private readonly packets: Packet[] = []
  isOver = false

  constructor(
    readonly audience: Audience,
    shape: Shape
  ) {
    this.asks = { shapes: new Map([[shape.resource, [shape]]]), others: false }
  }

  send(packet: Packet) {
    if (this.packets.length < MAX_KEPT) this.packets.push(packet)
    else this.isOver = true
  }

  /** What a list does not include that includes everything up to `after`, and these changes. */
  beside(after: number, seen: ReadonlySet<number>): Packet[] {
    const isNew = ({ event, position }: Packet) =>
      event === 'reset' || (position > after && !seen.has(position))

    return this.packets.filter(isNew)
  }
}

/** Resolves once the connection is told of changes; false where it is not in time. */
const isFree = async (member: Subscribing, realtime: Realtime): Promise<boolean> => {
  const end = Date.now() + PATIENCE
  // No event says that the rights of a connection are known again; that is a matter of milliseconds.
  for (let wait = 1; realtime.held(member) && Date.now() < end; wait = Math.min(2 * wait, 50))
    await pause(wait, undefined, { ref: false })

  return realtime.held(member) === undefined
}

/**
 * Has a connection ask for more, without a gap and without a repetition: what happens while its list is read is kept, and of that it is
 * sent what the list does not include. Answers false where the rights of the connection kept changing.
 */
export const subscribe = async <T>(
  options: SubscribingOptions,
  member: Subscribing,
  asked: Asked,
  { find, answer }: { readonly find: Find<T>; readonly answer: (found: T) => void }
): Promise<boolean> => {
  const { realtime, resume } = options
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    if (!(await isFree(member, realtime))) return false
    // By the rights that it has when its turn comes.
    const reading = await resume.rations.find(() => readWhatIsAsked(options, member, asked, find))
    if (!reading) return false
    if (await tell(options, member, { asked, reading, answer })) return true
  }

  return false
}

/** A list, and what happened while it was read. */
interface Reading<T> {
  readonly audience: Audience
  readonly kept: Kept
  readonly after: number
  readonly found: Found<T>
}

/** Answers undefined where it may not be asked any more. */
const readWhatIsAsked = async <T>(
  { realtime, settled, isConnected }: SubscribingOptions,
  member: Subscribing,
  asked: Asked,
  find: Find<T>
): Promise<Reading<T> | undefined> => {
  // It may have gone while it waited for its turn.
  if (!isConnected(member)) return undefined
  const { audience, user } = member
  const shape = asked.shapeFor(user)
  if (!shape) return undefined
  const kept = new Kept(audience, shape)
  const after = settled()
  realtime.join(kept)
  try {
    return { audience, kept, after, found: await find(after) }
  } catch (error) {
    realtime.leave(kept)
    throw error
  }
}

interface Telling<T> {
  readonly asked: Asked
  readonly reading: Reading<T>
  readonly answer: (found: T) => void
}

const tell = async <T>(
  { realtime, isConnected }: SubscribingOptions,
  member: Subscribing,
  { asked, reading: { audience, kept, after, found }, answer }: Telling<T>
): Promise<boolean> => {
  try {
    // What is told late and was committed before is in the list: afterwards it would take records back to what they were.
    await realtime.lanes.reached(after)
    // What was kept was told by other rights, or is not all of it.
    if (!isConnected(member) || realtime.held(member) || member.audience !== audience || kept.isOver)
      return false
    // Nothing is told between these steps, since none of them waits.
    if (member.asks.add(asked, member.user)) realtime.join(member)
    answer(found.answer)
    for (const packet of kept.beside(after, found.seen)) member.send(packet)

    return true
  } finally {
    realtime.leave(kept)
  }
}

/** What a subscription goes on from, and how its client is told that it does. */
interface GoingOn {
  /** The token that the client has. */
  readonly after: string
  /** Called before anything else is sent. `resumed`: whether what was missed follows, and not that the list is to be read anew. */
  readonly answer: (resumed: boolean) => void
}

/**
 * Has a connection ask for more, of which it is sent first what it has missed. Answers false where the rights of the connection kept
 * changing. Where they change while it is sent what it missed, it is told to read anew.
 */
export const subscribeAfter = async (
  options: SubscribingOptions,
  member: Subscribing,
  asked: Asked,
  { after, answer }: GoingOn
): Promise<boolean> => {
  const { realtime, resume } = options
  const isSame = (await isFree(member, realtime)) && sameRights(options, member)
  const shape = isSame && asked.shapeFor(member.user)
  if (!shape) return false
  let isAnswered = false
  const answerOnce = (resumed: boolean) => {
    if (!isAnswered) answer(resumed)
    isAnswered = true
  }
  const more = additional(member, shape, {
    realtime,
    send(packet) {
      answerOnce(packet.event !== 'reset')
      member.send(packet)
    },
    isSame
  })
  try {
    await resume.begin(more, after, true)
    answerOnce(true)
    if (!isSame()) return endOf(member, asked, realtime)
    // Nothing is told between these steps, since none of them waits.
    if (member.asks.add(asked, member.user)) realtime.join(member)

    return true
  } finally {
    realtime.leave(more)
  }
}

/** Whether a connection is told of changes by the same rights as now. */
const sameRights = ({ realtime, isConnected }: SubscribingOptions, member: Subscribing) => {
  const { audience } = member
  return () => isConnected(member) && !realtime.held(member) && member.audience === audience
}

interface AdditionalParts extends Pick<SubscribingOptions, 'realtime'> {
  readonly send: (packet: Packet) => void
  readonly isSame: () => boolean
}

/** Stands for a connection, as far as it asks for this shape. */
const additional = (
  member: Subscribing,
  shape: Shape,
  { realtime, send, isSame }: AdditionalParts
): Resuming => {
  const asking = new Asking(false)
  asking.become({ shapes: new Map([[shape.resource, [shape]]]), ended: [] })
  const more: Resuming = {
    user: member.user,
    audience: member.audience,
    asks: asking,
    close: () => member.close(),
    send: (packet) => (isSame() ? send(packet) : undefined),
    async drained() {
      if (!isSame()) realtime.leave(more)
      await member.drained?.()
    }
  }

  return more
}

const endOf = (member: Subscribing, { path, name }: Asked, { lanes }: Realtime): true => {
  const reset = { path, event: 'reset', data: { reason: 'rights' }, position: lanes.position }
  member.send({ ...reset, subscription: name })

  return true
}
