import { EventEmitter, once } from 'node:events'
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import type { AddressInfo } from 'node:net'
import type { Json } from '../../packages/rachis/src/testing/wire'

/** A request that arrived, whole. */
export interface Received {
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly text: string
  readonly body: { readonly type: string; readonly timestamp: string; readonly data: Json }
}
type Behave = (response: ServerResponse, received: Received) => unknown

type Verify = (secret: string, headers: IncomingHttpHeaders, body: string) => boolean
const PAGE = readFileSync(path.join(__dirname, '../../docs/webhooks.md'), 'utf8')
const code = /^```js\n([^]*?)^```$/m.exec(PAGE)![1]!
const documented = import(`data:text/javascript,${encodeURIComponent(code)}`) as Promise<{ verify: Verify }>

/** Whether a request is signed by a secret, as the code of docs/webhooks.md says. */
export const verify = async (secret: string, { headers, text }: Received): Promise<boolean> =>
  (await documented).verify(secret, headers, text)

/** Fails with an answer that has no end. */
export const endless = (response: ServerResponse): void => {
  const more = () => {
    while (!response.destroyed && response.write('x'.repeat(65_536)));
  }
  response.writeHead(500).on('drain', more)
  more()
}

/** A server that takes webhooks as a test tells it to, and keeps what arrived. */
export class Receiver extends EventEmitter {
  readonly received: Received[] = []
  behave: Behave = (response) => response.writeHead(204).end()
  readonly server = createServer((request, response) => void this.take(request, response))

  async open(): Promise<this> {
    this.setMaxListeners(0)
    await once(this.server.listen(0, '127.0.0.1'), 'listening')
    return this
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`
  }

  private async take(request: IncomingMessage, response: ServerResponse) {
    const chunks: Buffer[] = []
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
    const text = String(Buffer.concat(chunks))
    const { url = '', headers } = request
    const received = { path: url, headers, text, body: JSON.parse(text) as Received['body'] }
    this.received.push(received)
    this.behave(response, received)
    this.emit('received')
  }

  /** The first so many requests that fit; waits for them. */
  async some(count: number, fits: (received: Received) => boolean = () => true): Promise<Received[]> {
    const found = () => this.received.filter(fits)
    while (found().length < count) await once(this, 'received')

    return found().slice(0, count)
  }

  async one(fits?: (received: Received) => boolean): Promise<Received> {
    return (await this.some(1, fits))[0]!
  }

  forget(): void {
    this.received.length = 0
    this.behave = (response) => response.writeHead(204).end()
  }

  async close(): Promise<void> {
    this.server.closeAllConnections()
    await new Promise((resolve) => this.server.close(resolve))
  }
}
