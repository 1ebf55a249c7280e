import type { ServerResponse } from 'http'
import type { Backlog, Backlogs } from '../feed/backlog'
import { unwritten } from '../feed/backlog'
import type { Stream, StreamEndpoint } from '../feed/stream'
import type { ConnectionEvent } from '../model/events'
import { placesOf } from '../feed/places'
import type { Packet } from '../feed/subscriber'
import { HEARTBEAT, HEARTBEAT_INTERVAL } from '../util/server-sent-events'

/** Milliseconds after which a client that was cut off reconnects. They are spread, so that not all clients come at once. */
const RETRY = { least: 1000, spread: 4000 }
/** Milliseconds that the last event has to reach a client. */
const FAREWELL = 1000
/** Of what a client missed so many events are written at once. More do not wait, since the backlog counts what was written. */
const TOGETHER = 50

/** Everybody who gets a packet gets the same bytes: those that wait for thousands of readers are in memory once. */
const encoded = new WeakMap<Packet, Buffer>()

const encode = (packet: Packet): Buffer => {
  const known = encoded.get(packet)
  if (known) return known
  const tx = packet.tx === undefined ? '' : `tx: ${packet.tx}\n`
  const bytes = Buffer.from(
    `event: ${packet.path} ${packet.event}\n${tx}data: ${JSON.stringify(packet.data)}\n\n`
  )
  encoded.set(packet, bytes)

  return bytes
}

/**
 * Server-sent events on one response. A change may make several events, which are written together; only the last one has the id, so that
 * a client that is cut off in between asks for all of them again. What is sent while code runs is written once it is done, also that of many
 * changes: each write is a system call, which costs more than the rest of an event that a client has missed.
 *
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
export class EventStream implements StreamEndpoint {
  private waiting: Packet[] = []
  private stream?: Stream
  private lastToken = ''
  private heartbeat?: NodeJS.Timeout
  private readonly backlog: Backlog

  /** @param backlogs bound the bytes that wait for a client that does not read */
  constructor(
    private readonly response: ServerResponse,
    backlogs: Backlogs,
    readonly asks: StreamEndpoint['asks']
  ) {
    this.backlog = backlogs.open({
      waiting: () => response.writableLength,
      progress: () => unwritten(response.socket),
      onOver: () => this.pause(),
      onDrained: () => void this.goOn(),
      onStalled: () => this.dismiss()
    })
  }

  /** Writes the head of the stream and its first event. A response that was closed before is left again at once. */
  begin(stream: Stream, after?: string) {
    this.stream = stream
    this.response.on('drain', () => this.backlog.shrank())
    this.response.once('close', () => this.end())
    if (this.response.destroyed) return this.end()
    this.put(`retry: ${RETRY.least + Math.floor(Math.random() * RETRY.spread)}\n\n`)
    const position = stream.begun
    this.write(
      'hello',
      position === undefined ? {} : { position },
      after === undefined ? position : undefined
    )
    if (after !== undefined) void stream.caughtUp.then(() => this.sync())
    this.heartbeat = setInterval(() => this.beat(), HEARTBEAT_INTERVAL)
  }

  send(packet: Packet) {
    if (this.waiting.length === 0) setImmediate(() => this.flush())
    this.waiting.push(packet)
  }

  /** A place that a client is told has to be its last id as well: it comes back with nothing else. */
  tell(event: ConnectionEvent, data: { readonly position?: string }) {
    this.write(event, data, event === 'synced' ? data.position : undefined)
    // The client signs in again and opens another stream with the last id of this one.
    if (event === 'token_expired') this.close()
  }

  /** A client that does not read would keep the response open for ever. */
  close() {
    this.flush()
    this.response.end()
    setTimeout(() => this.response.destroy(), FAREWELL).unref()
  }

  drained(): Promise<void> {
    if (this.waiting.length >= TOGETHER) this.flush()
    return this.backlog.drained()
  }

  private end() {
    clearInterval(this.heartbeat)
    this.backlog.close()
    this.stream?.leave()
  }

  /** What waits is told with its own place, which is behind that of the pause. */
  private pause() {
    this.flush()
    this.stream?.pause()
  }

  private async goOn() {
    await this.stream?.goOn()
    this.sync()
  }

  /** It comes back with its last id. Whether it reads this event or not, all that it has up to its last id is complete. */
  private dismiss() {
    this.flush()
    this.write('slow', { position: this.lastToken })
    this.close()
  }

  private flush() {
    const packets = this.waiting.splice(0)
    if (packets.length === 0) return
    const places = placesOf(packets)
    this.response.cork()
    for (const [index, packet] of packets.entries()) {
      const isLast = packets[index + 1]?.position !== packet.position
      if (isLast) this.put(this.idLine(this.stream!.token(places[index])))
      this.put(encode(packet))
    }
    this.response.uncork()
  }

  /** Tells the client the position up to which it has everything, unless more is on its way to it. */
  private sync() {
    this.flush()
    const position = this.stream!.synced()
    if (position !== undefined) this.write('synced', { position }, position)
  }

  /** Without a new position now and then a client on a quiet stream would come back with one that is too old. */
  private beat() {
    if (this.backlog.isOver) return
    const position = this.stream!.synced()
    if (position === undefined || position === this.lastToken) this.put(HEARTBEAT)
    else this.sync()
  }

  private idLine(token: string): string {
    this.lastToken = token
    return `id: ${token}\n`
  }

  private write(event: string, data: object, token?: string) {
    this.flush()
    const id = token === undefined ? '' : this.idLine(token)
    this.put(`${id}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`)
  }

  private put(text: string | Buffer) {
    if (this.response.writableEnded || this.response.destroyed) return
    this.response.write(text)
    this.backlog.grew()
  }
}
