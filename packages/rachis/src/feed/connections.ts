import type { Socket } from 'net'
import type { Client } from 'pg'
import type { Database, Row } from '../sql/database'

/** Milliseconds after which connections that nobody uses are closed. */
const IDLE = 10_000
/** Milliseconds that a server is given to take note of an end. */
const FAREWELL = 1000

export interface ConnectionsOptions {
  /** A client with the session of the program, not yet connected. */
  readonly client: () => Promise<Client>
  /** Connections at most; they are opened when they are needed. */
  readonly size: number
  /** Milliseconds after which a statement is given up, together with its connection. */
  readonly timeout: number
}

/**
 * A few connections beside the pool of requests, so that neither waits for the other. A connection may be dead without any
 * notice, as after a failover or behind a firewall that has forgotten it: a statement without an answer in time fails, its
 * connection is destroyed, and the next statement opens another one.
 */
export class OwnConnections implements Database {
  private readonly idle: Client[] = []
  private readonly open = new Set<Client>()
  private readonly waiting: (() => void)[] = []
  private taken = 0
  private timer?: NodeJS.Timeout

  constructor(private readonly options: ConnectionsOptions) {}

  /** @throws Error where no answer came in time, or the error of PostgreSQL */
  async query({ text, values }: { text: string; values: readonly unknown[] }): Promise<Row[]> {
    if (this.taken >= this.options.size) await new Promise<void>((resolve) => this.waiting.push(resolve))
    else this.taken++
    try {
      return await this.run(text, values as unknown[])
    } finally {
      const next = this.waiting.shift()
      if (next) next()
      else this.taken--
    }
  }

  async close(): Promise<void> {
    clearTimeout(this.timer)
    await Promise.all([...this.open].map(end))
  }

  private async run(text: string, values: unknown[]): Promise<Row[]> {
    const client = this.idle.pop() ?? (await this.connect())
    const timer = setTimeout(() => destroy(client), this.options.timeout)
    try {
      return (await client.query<Row>({ text, values })).rows
    } finally {
      clearTimeout(timer)
      this.release(client)
    }
  }

  private async connect(): Promise<Client> {
    const client = await this.options.client()
    const drop = () => {
      this.open.delete(client)
      if (this.idle.includes(client)) this.idle.splice(this.idle.indexOf(client), 1)
    }
    client.on('error', drop)
    client.on('end', drop)
    await client.connect()
    this.open.add(client)

    return client
  }

  private release(client: Client) {
    if (!this.open.has(client)) return
    this.idle.push(client)
    clearTimeout(this.timer)
    this.timer = setTimeout(() => this.closeIdle(), IDLE)
    this.timer.unref()
  }

  private closeIdle() {
    for (const client of this.idle.splice(0)) void end(client)
  }
}

/** Ends a connection that nothing is asked of any more; at once, where the server does not answer. */
export const end = async (client: Client): Promise<void> => {
  const timer = setTimeout(() => destroy(client), FAREWELL)
  await client.end().catch(() => undefined)
  clearTimeout(timer)
}

/** Ends a connection at once: its statements fail. `end` would wait for an answer that may never come. */
export const destroy = (client: Client) => {
  const { stream } = (client as unknown as { connection: { stream: Socket } }).connection
  stream.destroy(new Error('The database gave no answer in time'))
}
