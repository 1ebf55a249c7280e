import type { Server } from 'socket.io'
import type { Packet } from '../feed/subscriber'
import type { Target } from './broadcast'
import { broadcaster } from './broadcast'

interface Broadcast {
  /** The packet, or the data of what is told of the connection. */
  readonly of: object
  readonly name: string
  readonly data: object
  /** Where it tells of a change: what is said of it besides its position. */
  readonly meta?: Meta
  /** Id of the change. */
  readonly change?: number
  /** Those who receive it. */
  readonly targets: Target[]
}
interface Meta {
  readonly tx?: string
  readonly subscription?: string
  readonly reason?: unknown
  readonly more?: true
}

/** What one socket is sent. Everything goes the same way, so that nothing overtakes anything. */
export interface Sender {
  send(packet: Packet): void
  /** Sends an event about the connection itself. The same object for several connections is sent to all of them at once. */
  tell(event: string, data: object): void
}

type Part = Omit<Broadcast, 'targets'>

const partOf = (packet: Packet): Part => {
  const { path, event, data, position: change, tx, subscription } = packet
  const isReset = event === 'reset'
  const meta = {
    ...(tx === undefined ? {} : { tx }),
    ...(subscription === undefined ? {} : { subscription }),
    ...(isReset ? data : {})
  }

  return { of: packet, name: `${path} ${event}`, data: isReset ? {} : data, meta, change }
}

/** The broadcasts of one change, in their order: to whom more of it follows they say so. */
const withMore = (broadcasts: readonly Broadcast[]): Broadcast[] => {
  if (broadcasts.length < 2) return [...broadcasts]
  const later = new Set<Target>()

  return broadcasts
    .toReversed()
    .flatMap((one) => {
      const last = one.targets.filter((target) => !later.has(target))
      const others = one.targets.filter((target) => later.has(target))
      for (const target of last) later.add(target)
      const more = { ...one, targets: others, meta: { ...one.meta!, more: true as const } }

      return [{ ...one, targets: last }, more].filter(({ targets }) => targets.length > 0)
    })
    .reverse()
}

/** Consecutive broadcasts of the same change together; others by themselves. */
const byChange = (broadcasts: readonly Broadcast[]): Broadcast[][] => {
  const groups: Broadcast[][] = []
  for (const one of broadcasts) {
    const last = groups.at(-1)
    if (last && one.change !== undefined && last[0]!.change === one.change) last.push(one)
    else groups.push([one])
  }

  return groups
}

/**
 * Sends packets to sockets. All who are sent the same packet one after the other get one broadcast, which is encoded once for all of them.
 * Packets are sent in a microtask, once the code that runs now is done: then it is known which of them is the last one of its change.
 *
 * @param placeOf the position of a change, as clients have it
 * @example emitter(io, placeOf)(target).send({ path: 'tasks', event: 'created', data: { id: 7 }, position: 12 })
 */
export const emitter = (io: Server, placeOf: (id: number) => string) => {
  let waiting: Broadcast[] = []
  /** The broadcast that targets are added to. */
  let latest: Broadcast | undefined
  const broadcast = broadcaster(io)
  const emit = ({ name, data, meta, change, targets }: Broadcast) => {
    if (meta) broadcast(targets, name, data, { position: placeOf(change!), ...meta })
    else broadcast(targets, name, data)
  }
  const flush = () => {
    const broadcasts = waiting
    waiting = []
    latest = undefined
    for (const group of byChange(broadcasts)) for (const one of withMore(group)) emit(one)
  }
  const begin = (target: Target, part: Part) => {
    if (waiting.length === 0) queueMicrotask(flush)
    latest = { ...part, targets: [target] }
    waiting.push(latest)
  }

  return (target: Target): Sender => ({
    send(packet) {
      if (latest?.of === packet) latest.targets.push(target)
      else begin(target, partOf(packet))
    },
    tell(name, data) {
      if (latest?.of === data) latest.targets.push(target)
      else begin(target, { of: data, name, data })
    }
  })
}
