import type { Backlog, Backlogs } from '../feed/backlog'
import type { Stream, StreamAsks, StreamEndpoint } from '../feed/stream'
import type { Packet } from '../feed/subscriber'

/** One event as a subscription answers it. */
export interface GraphqlEvent {
  readonly event: string
  /** The record with the fields that its reader may see; null for what is told of the subscription itself. */
  readonly record: Readonly<Record<string, unknown>> | null
  /** The place from which a client goes on that has this event; null where more of the same change follows. */
  readonly position: string | null
  readonly tx: string | null
  readonly reason: string | null
}

type Data = Readonly<Record<string, unknown>>
interface Queued {
  readonly event: GraphqlEvent
  readonly bytes: number
}

const textIn = (data: Data, name: string): string | null =>
  typeof data[name] === 'string' ? (data[name] as string) : null

/** What is told of the subscription itself. */
const notice = (event: string, data: Data): GraphqlEvent => ({
  event,
  record: null,
  position: textIn(data, 'position'),
  tx: null,
  reason: textIn(data, 'reason')
})

/** Everybody who gets a packet gets the same one: it is measured once. */
const sizes = new WeakMap<Packet, number>()
const sizeOf = (packet: Packet): number => {
  const size = sizes.get(packet) ?? JSON.stringify(packet.data).length
  sizes.set(packet, size)

  return size
}

/** Bytes that a notice counts for. */
const NOTICE = 200

/**
 * The events of one subscription, as an iterator that a transport takes them from as fast as its client reads. While more waits than may,
 * nothing is kept but the place; what was missed is sent once the client has read on.
 */
export class EventQueue implements AsyncIterableIterator<GraphqlEvent> {
  private readonly queue: Queued[] = []
  private readonly backlog: Backlog
  private bytes = 0
  private taken = 0
  private waiting: Packet[] = []
  private reader?: (result: IteratorResult<GraphqlEvent>) => void
  private stream?: Stream
  private isDone = false

  /** @param leave called once when it ends, from whichever side */
  constructor(
    backlogs: Backlogs,
    private readonly asks: StreamAsks,
    private readonly leave: () => void
  ) {
    this.backlog = backlogs.open({
      waiting: () => this.bytes,
      progress: () => this.taken,
      onOver: () => this.stream?.pause(),
      onDrained: () => void this.stream?.goOn(),
      onStalled: () => this.finish(notice('slow', {}))
    })
  }

  /** Its methods bound to it, since real time copies the members of an endpoint. */
  get endpoint(): StreamEndpoint {
    return {
      asks: this.asks,
      keepsPlace: 'by-synced',
      send: (packet) => this.send(packet),
      tell: (event, data) => this.tell(event, data as Data),
      close: () => this.finish(),
      drained: () => this.backlog.drained()
    }
  }

  /** The first event says the place at which it begins. */
  begin(stream: Stream) {
    this.stream = stream
    this.put(notice('hello', { position: stream.begun }))
  }

  next(): Promise<IteratorResult<GraphqlEvent>> {
    const first = this.queue.shift()
    if (!first) return this.isDone ? Promise.resolve({ done: true, value: undefined }) : this.later()
    this.bytes -= first.bytes
    this.taken += 1
    this.backlog.shrank()

    return Promise.resolve({ done: false, value: first.event })
  }

  return(): Promise<IteratorResult<GraphqlEvent>> {
    this.queue.length = 0
    this.finish()

    return Promise.resolve({ done: true, value: undefined })
  }

  [Symbol.asyncIterator]() {
    return this
  }

  private later(): Promise<IteratorResult<GraphqlEvent>> {
    return new Promise((resolve) => (this.reader = resolve))
  }

  private send(packet: Packet) {
    if (this.waiting.length === 0) queueMicrotask(() => this.flush())
    this.waiting.push(packet)
  }

  private flush() {
    const packets = this.waiting.splice(0)
    for (const [index, packet] of packets.entries()) {
      const isLast = packets[index + 1]?.position !== packet.position
      this.put(this.eventOf(packet, isLast ? this.stream!.token(packet.position) : null), () =>
        sizeOf(packet)
      )
    }
  }

  private eventOf({ event, data, tx }: Packet, position: string | null): GraphqlEvent {
    return event === 'reset'
      ? { ...notice(event, data), position }
      : { event, record: data, position, tx: tx ?? null, reason: null }
  }

  private tell(event: string, data: Data) {
    if (this.waiting.length > 0) this.flush()
    // The client signs in again and subscribes from its last position.
    if (event === 'token_expired') this.finish(notice(event, data))
    else this.put(notice(event, data))
  }

  /** @param sizeOf called where nobody waits for the event, so that it has to be kept */
  private put(event: GraphqlEvent, sizeOf: () => number = () => NOTICE) {
    if (this.isDone) return
    const { reader } = this
    this.reader = undefined
    if (reader) {
      this.taken += 1
      return reader({ done: false, value: event })
    }
    const bytes = sizeOf()
    this.queue.push({ event, bytes })
    this.bytes += bytes
    this.backlog.grew()
  }

  private finish(last?: GraphqlEvent) {
    if (this.isDone) return
    if (last) this.put(last)
    this.isDone = true
    this.stream?.leave()
    this.backlog.close()
    this.leave()
    if (this.queue.length === 0) this.reader?.({ done: true, value: undefined })
  }
}
