import { once } from 'events'
import type { ServerResponse } from 'http'
import type { Stream, StreamEndpoint } from '../feed/stream'
import type { Packet } from '../feed/subscriber'

/** Milliseconds between heartbeats. Proxies close connections that are silent for a minute, some after half a minute. */
const HEARTBEAT = 15_000
/** Milliseconds after which a client that was cut off reconnects. They are spread, so that not all clients come at once. */
const RETRY = { least: 1000, spread: 2000 }

/** Milliseconds that a client may take nothing before the bytes that wait for it count. */
const STALL = 1000
/** Above this multiple of the limit a client is cut off at once. */
const AT_ONCE = 8

/** Everybody who gets a packet gets the same text. */
const texts = new WeakMap<Packet, string>()

const textOf = (packet: Packet): string => {
  const known = texts.get(packet)
  if (known !== undefined) return known
  const text = `event: ${packet.path} ${packet.event}\ndata: ${JSON.stringify(packet.data)}\n`
  texts.set(packet, text)

  return text
}

/**
 * Server-sent events on one response. A change may make several events, which are written together; only the last one has the id, so that
 * a client that is cut off in between asks for all of them again.
 *
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
export class EventStream implements StreamEndpoint {
  private waiting: Packet[] = []
  private stream?: Stream
  private lastToken = ''
  private heartbeat?: NodeJS.Timeout
  private stall?: NodeJS.Timeout

  /**
   * @param limit bytes that may wait for a client that takes nothing for a second, and eight times as many at once; beyond them it is cut
   * off, and comes back with its last id
   */
  constructor(
    private readonly response: ServerResponse,
    private readonly limit: number,
    readonly asks: StreamEndpoint['asks']
  ) {}

  /** Writes the head of the response and the first event. */
  begin(stream: Stream, after?: string) {
    this.stream = stream
    this.response.write(`retry: ${RETRY.least + Math.floor(Math.random() * RETRY.spread)}\n\n`)
    this.write('hello', { position: stream.begun }, after === undefined ? stream.begun : undefined)
    if (after !== undefined) void stream.caughtUp.then(() => this.sync(stream.synced()))
    this.heartbeat = setInterval(() => this.beat(), HEARTBEAT)
    this.response.once('close', () => {
      clearInterval(this.heartbeat)
      clearTimeout(this.stall)
      stream.leave()
    })
  }

  send(packet: Packet) {
    if (this.waiting.length === 0) queueMicrotask(() => this.flush())
    this.waiting.push(packet)
  }

  tell(event: string, data: object) {
    this.write(event, data)
    // The client signs in again and opens another stream with the last id of this one.
    if (event === 'token_expired') this.close()
  }

  close() {
    this.response.end()
  }

  async drained(): Promise<void> {
    if (!this.response.writableNeedDrain || this.response.destroyed) return
    const waiting = new AbortController()
    const { signal } = waiting
    const ends = ['drain', 'close'].map((event) => once(this.response, event, { signal }))
    await Promise.race(ends).catch(() => undefined)
    waiting.abort()
    await Promise.allSettled(ends)
  }

  private flush() {
    const packets = this.waiting.splice(0)
    const text = packets.map((packet, index) => {
      const isLast = packets[index + 1]?.position !== packet.position
      return `${textOf(packet)}${isLast ? this.idLine(this.stream!.token(packet.position)) : ''}\n`
    })
    this.put(text.join(''))
  }

  /** Tells the client the position up to which it has everything. */
  private sync(position: string | undefined) {
    if (position === undefined) return
    this.flush()
    this.write('synced', { position }, position)
  }

  /** Without a new position now and then a client on a quiet stream would come back with one that is too old. */
  private beat() {
    const position = this.stream!.synced()
    if (position === this.lastToken) this.put(':\n\n')
    else this.sync(position)
  }

  private idLine(token: string): string {
    this.lastToken = token
    return `id: ${token}\n`
  }

  private write(event: string, data: object, token?: string) {
    const id = token === undefined ? '' : this.idLine(token)
    this.put(`event: ${event}\ndata: ${JSON.stringify(data)}\n${id}\n`)
  }

  private put(text: string) {
    if (this.response.writableEnded || this.response.destroyed) return
    this.response.write(text)
    const { writableLength } = this.response
    if (writableLength > AT_ONCE * this.limit) this.response.destroy()
    else if (writableLength > this.limit) this.watch()
  }

  /** One statement may change a thousand records. A client that keeps taking bytes has the time to take them all. */
  private watch() {
    const before = this.response.socket?.bytesWritten
    this.stall ??= setTimeout(() => {
      this.stall = undefined
      const { writableLength, socket } = this.response
      if (writableLength <= this.limit) return
      if (socket?.bytesWritten === before) this.response.destroy()
      else this.watch()
    }, STALL).unref()
  }
}
