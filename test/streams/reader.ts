import { request } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { EventEmitter, once } from 'node:events'
import type { Json, Person, World } from '../helpers/world'

export interface StreamEvent {
  readonly event: string
  readonly data: any
  readonly id?: string
}

/** One event of the stream's text; undefined for a comment. https://html.spec.whatwg.org/multipage/server-sent-events.html */
const parsed = (block: string): StreamEvent | undefined => {
  const fields = Object.fromEntries(
    block.split('\n').map((line) => {
      const [, name = '', value = ''] = /^([^:]*): ?(.*)$/s.exec(line) ?? []
      return [name, value]
    })
  ) as Record<string, string>
  if (fields.data === undefined) return undefined

  return { event: fields.event ?? 'message', data: JSON.parse(fields.data), ...(fields.id ? { id: fields.id } : {}) }
} // prettier-ignore

/** A client of the event stream that keeps every event, as EventSource would be told of them. */
export class StreamReader extends EventEmitter {
  readonly events: StreamEvent[] = []
  isOver = false
  private rest = ''

  constructor(readonly response: IncomingMessage) {
    super()
    this.setMaxListeners(0)
    response.setEncoding('utf8')
    response.on('data', (text: string) => this.read(text))
    // Also where it is cut off.
    response.on('error', () => undefined)
    response.on('close', () => {
      this.isOver = true
      this.emit('over')
    })
  }

  private read(text: string) {
    const blocks = (this.rest + text).split('\n\n')
    this.rest = blocks.pop()!
    for (const block of blocks) {
      const event = parsed(block)
      if (event) this.events.push(event)
    }
    this.emit('read')
  }

  /** The last id that a client has, with which it comes back. */
  get lastId(): string | undefined {
    return this.events.findLast(({ id }) => id)?.id
  }

  names(): string[] {
    return this.events.map(({ event }) => event)
  }

  /** Names of events of resources. */
  told(): string[] {
    return this.names().filter((name) => name.includes(' '))
  }

  event(name: string, isIt: (data: Json) => boolean = () => true): Promise<StreamEvent> {
    return this.first(({ event, data }) => event === name && isIt(data as Json), name)
  }

  /** The first event of those that came, or will come, that is asked for. */
  async first(isIt: (event: StreamEvent) => boolean, what = 'what was waited for'): Promise<StreamEvent> {
    for (;;) {
      const found = this.events.find(isIt)
      if (found) return found
      if (this.isOver) throw new Error(`The stream ended without ${what}; it had ${this.names().join(', ')}`)
      await Promise.race([once(this, 'read'), once(this, 'over')])
    }
  }

  async ended(): Promise<void> {
    if (!this.isOver) await once(this, 'over')
  }

  close() {
    this.response.destroy()
  }
}

/** Opens the stream as this person; the response where it is refused. */
export const openStream = async (
  { url }: Pick<World, 'url'>,
  person: Person,
  query = '',
  headers: Record<string, string> = {},
  prefix = '/api/v1'
): Promise<StreamReader> => {
  const authorization = person.token ? { Authorization: `Bearer ${person.token}` } : {}
  const sent = request(`${url}${prefix}/events${query}`, {
    agent: false,
    headers: { Accept: 'text/event-stream', ...authorization, ...headers }
  })
  sent.end()
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  if (response.statusCode !== 200) {
    let text = ''
    for await (const part of response) text += String(part)
    throw Object.assign(new Error(text), { status: response.statusCode, body: JSON.parse(text) as Json })
  }
  const reader = new StreamReader(response)
  await reader.event('hello')

  return reader
}

/** The streams that a test has open. */
export class OpenStreams {
  private readonly readers: StreamReader[] = []

  async open(...given: Parameters<typeof openStream>): Promise<StreamReader> {
    const reader = await openStream(...given)
    this.readers.push(reader)

    return reader
  }

  close() {
    for (const reader of this.readers.splice(0)) reader.close()
  }
}
