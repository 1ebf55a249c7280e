import { networkError } from '../errors'
import type { Fetch } from '../rest'
import { SseStream } from './sse-stream'
import type { Entry } from './sse-stream'
import type { Handlers, OnSubscribed, SubscribeRequest, Transport } from './transport'

interface SseOptions {
  /** Such as `https://api.example.com/api/v1`. */
  readonly base: string
  readonly fetch: Fetch
  readonly token: string | undefined
  readonly handlers: Handlers
}

/**
 * The event stream, read by `fetch`, which can send the token in a header as EventSource cannot. A stream takes one filter for each resource,
 * so there are as many streams as filters of the resource that has the most.
 */
class SseTransport implements Transport {
  readonly kind = 'sse'
  private readonly streams = new Set<SseStream>()
  private token: string | undefined

  constructor(private readonly options: SseOptions) {
    this.token = options.token
  }

  /** A stream ends with its token; another one goes on from its last id. */
  async signIn(token: string): Promise<void> {
    this.token = token
    for (const stream of this.streams) stream.restart()
  }

  subscribe(request: SubscribeRequest, done: OnSubscribed) {
    this.add(
      { request, done },
      [...this.streams].find(({ entries }) => !entries.has(request.path))
    )
  }

  unsubscribe(path: string, subscription: string) {
    const stream = [...this.streams].find(({ entries }) => entries.get(path)?.request.key === subscription)
    stream?.entries.delete(path)
    if (stream?.entries.size === 0) this.end(stream)
    else stream?.restart()
  }

  close() {
    for (const stream of this.streams) this.end(stream)
  }

  private add(entry: Entry, stream = this.stream()) {
    stream.entries.set(entry.request.path, entry)
    stream.restart()
  }

  private stream(): SseStream {
    const { base, fetch, handlers } = this.options
    const stream = new SseStream({
      url: `${base}/events`,
      fetch,
      handlers,
      token: () => this.token,
      onRefused: (refused, error) => {
        const entries = [...refused.entries.values()]
        this.end(refused)
        // One refused resource must not keep the events of the others away: each asks alone.
        if (entries.length === 1) entries[0]!.done(error)
        else for (const { request, done } of entries) this.add({ request, done }, this.stream())
      }
    })
    this.streams.add(stream)

    return stream
  }

  private end(stream: SseStream) {
    this.streams.delete(stream)
    stream.close()
  }
}

/** @throws {RachisError} NETWORK where the server is not reached */
export const openSse = async (options: SseOptions): Promise<Transport> => {
  const { base, fetch } = options
  const response = await fetch(base).catch((error: unknown) => {
    throw networkError(error)
  })
  await response.body?.cancel()
  if (response.status >= 500) throw networkError(`it answers ${response.status}`)

  return new SseTransport(options)
}
