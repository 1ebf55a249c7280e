import { isRachisError, networkError, toError } from '../errors'
import type { RachisError } from '../errors'
import type { Row } from '../live/row'
import { queryString } from '../query-string'
import type { Fetch } from '../rest'
import { streamParser } from './sse-parser'
import type { StreamEvent } from './sse-parser'
import type { Handlers, OnSubscribed, SubscribeRequest } from './transport'

export interface StreamSource {
  readonly url: string
  readonly fetch: Fetch
  readonly token: () => string | undefined
  readonly handlers: Handlers
  /** The server refuses what is asked for: which of several it was is not known. */
  readonly onRefused: (stream: SseStream, error: RachisError) => void
}
export interface Entry {
  readonly request: SubscribeRequest
  readonly done: OnSubscribed
  isSubscribed?: true
}

/** What ends a connection and not a subscription. */
const isOfConnection = ({ code, status }: RachisError) =>
  code === 'INVALID_TOKEN' || [0, 429, 502, 503, 504].includes(status)

/** One response of the event stream, with one filter for each resource. */
export class SseStream {
  /** By the path of the resource. */
  readonly entries = new Map<string, Entry>()
  private aborter?: AbortController
  private timer?: ReturnType<typeof setTimeout>
  private lastId?: string
  /** Until what was missed has come: then `synced` says so. */
  private isCatchingUp = false

  constructor(private readonly source: StreamSource) {}

  /** Asks for what is wanted now. What is wanted in one turn is asked for at once. */
  restart() {
    clearTimeout(this.timer)
    this.timer = setTimeout(() => void this.run(), 0)
  }

  close() {
    clearTimeout(this.timer)
    this.aborter?.abort()
  }

  private async run() {
    this.aborter?.abort()
    const aborter = (this.aborter = new AbortController())
    try {
      const after = this.lastId ?? this.commonPosition()
      const response = await this.open(after, aborter.signal)
      await this.read(response, after !== undefined && this.lastId === undefined)
      if (!aborter.signal.aborted) this.source.handlers.lost(networkError('the stream ended'))
    } catch (error) {
      if (!aborter.signal.aborted) this.fail(error)
    }
  }

  private fail(error: unknown) {
    const known = isRachisError(error) ? error : networkError(error)
    if (isOfConnection(known)) this.source.handlers.lost(known)
    else this.source.onRefused(this, known)
  }

  /** Where all go on from, unless they were at different places: then they are found anew. */
  private commonPosition(): string | undefined {
    const positions = new Set([...this.entries.values()].map(({ request }) => request.after))
    return positions.size === 1 ? [...positions][0] : undefined
  }

  private async open(after: string | undefined, signal: AbortSignal): Promise<Response> {
    const { url, fetch, token } = this.source
    const filter = Object.fromEntries([...this.entries].map(([path, { request }]) => [path, request.filter]))
    const query = { resources: [...this.entries.keys()].join(','), filter }
    const headers: Record<string, string> = { Accept: 'text/event-stream' }
    const bearer = token()
    if (bearer) headers.Authorization = `Bearer ${bearer}`
    if (after) headers['Last-Event-ID'] = after
    const response = await fetch(`${url}${queryString(query)}`, { headers, signal })
    if (response.ok) return response
    throw toError(
      await response.json().catch(() => undefined),
      response.status,
      response.headers.get('Retry-After')
    )
  }

  private async read(response: Response, isResumed: boolean) {
    const reader = response.body!.getReader()
    const decoder = new TextDecoder()
    const parse = streamParser()
    this.isCatchingUp = isResumed
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      this.take(parse(decoder.decode(value, { stream: true })), isResumed)
    }
  }

  /** The server writes what one read of the feed tells in one piece, so the end of a piece is the end of a transaction. */
  private take(events: readonly (StreamEvent | undefined)[], isResumed: boolean) {
    let isComplete = false
    for (const event of events) {
      if (!event) this.source.handlers.beat()
      else if (event.event === 'hello') this.begin(event, isResumed)
      else this.receive(event)
      if (event) isComplete = event.id !== undefined
    }
    if (isComplete && !this.isCatchingUp) this.sync(this.lastId)
  }

  private begin({ id }: StreamEvent, resumed: boolean) {
    this.lastId = id ?? this.lastId ?? this.commonPosition()
    for (const entry of this.entries.values()) {
      if (entry.isSubscribed) continue
      entry.isSubscribed = true
      entry.done(undefined, { subscription: entry.request.key, resumed })
    }
  }

  private receive({ event, data, id, tx }: StreamEvent) {
    this.lastId = id ?? this.lastId
    const { handlers } = this.source
    if (event === 'synced') {
      this.isCatchingUp = false
      handlers.beat()
      return this.sync(this.lastId)
    }
    if (event === 'token_expiring') return handlers.expiring()
    if (event === 'token_expired') return handlers.expired()
    const space = event.indexOf(' ')
    const [path, name] = [event.slice(0, space), event.slice(space + 1)]
    const subscription = this.entries.get(path)?.request.key
    if (subscription === undefined) return
    if (name === 'reset') handlers.reset({ path, subscription, ...(data as object) })
    else handlers.change({ path, event: name, data: data as Row, subscription, tx })
  }

  private sync(position: string | undefined) {
    this.source.handlers.synced(
      position,
      new Set([...this.entries.values()].map(({ request }) => request.key))
    )
  }
}
