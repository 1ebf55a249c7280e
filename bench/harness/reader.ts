import { request } from 'http'
import type { IncomingMessage } from 'http'
import type { Server } from './server'

/** An event stream that counts, and knows its last id. */
export class Reader {
  count = 0
  lastId = ''
  private text = ''
  private readonly waiting = new Set<() => void>()

  constructor(
    readonly response: IncomingMessage,
    private readonly told: RegExp
  ) {
    response.setEncoding('utf8')
    response.on('data', (text: string) => this.read(text))
    response.on('error', () => undefined)
  }

  private read(text: string) {
    const blocks = (this.text + text).split('\n\n')
    this.text = blocks.pop()!
    for (const block of blocks) {
      this.lastId = /^id: ?(.*)$/m.exec(block)?.[1] ?? this.lastId
      if (this.told.test(block)) this.count++
    }
    for (const look of [...this.waiting]) look()
  }

  until(isDone: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (!isDone()) return
        this.waiting.delete(look)
        resolve()
      }
      this.waiting.add(look)
      look()
    })
  }

  close() {
    this.response.destroy()
  }
}

/** Opens an event stream of a server. `told`: the events that it counts. */
export const open = (
  server: Pick<Server, 'url'>,
  token: string,
  query: string,
  told = /^event: \w+ created$/m
): Promise<Reader> =>
  new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}` }
    request(`${server.url}/events?${query}`, { headers }, (response) => {
      if (response.statusCode !== 200) reject(new Error(`The stream was answered ${response.statusCode}`))
      else resolve(new Reader(response, told))
    })
      .on('error', reject)
      .end()
  })
