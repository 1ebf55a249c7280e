import type { Socket } from 'net'
import type { Client } from 'pg'
import type { Database, Row } from '../sql/database'

/** Milliseconds after which connections that nobody uses are closed. */
const IDLE = 10_000
/** Milliseconds that a server is given to take note of an end. */
const FAREWELL = 1000

interface Statement {
  readonly text: string
  readonly values: readonly unknown[]
}
export interface ConnectionsOptions<C extends Client> {
  /** A client with the session of the program, not yet connected. */
  readonly client: () => Promise<C>
  /** Runs a statement on a client, prepared once for each connection where the session prepares any. */
  readonly query: (client: C, statement: Statement) => Promise<Row[]>
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
export class OwnConnections<C extends Client> implements Database {
  private readonly idle: C[] = []
  private readonly open = new Set<C>()
  private readonly waiting: (() => void)[] = []
  private taken = 0
  private isClosed = false
  private timer?: NodeJS.Timeout
  /** How many were opened until now: each may lead to another server than the one before. */
  opened = 0

  constructor(private readonly options: ConnectionsOptions<C>) {}

  /** @throws Error where no answer came in time or the connections are closed, or the error of PostgreSQL */
  async query(statement: Statement): Promise<Row[]> {
    if (this.taken >= this.options.size) await new Promise<void>((resolve) => this.waiting.push(resolve))
    else this.taken++
    try {
      return await this.run(statement)
    } finally {
      const next = this.waiting.shift()
      if (next) next()
      else this.taken--
    }
  }

  /** Statements that wait for a connection fail from now on: one that was opened for them would stay open. */
  async close(): Promise<void> {
    this.isClosed = true
    clearTimeout(this.timer)
    await Promise.all([...this.open].map(end))
  }

  private async run(statement: Statement): Promise<Row[]> {
    if (this.isClosed) throw new Error('The connections are closed')
    const client = this.idle.pop() ?? (await this.connect())
    const timer = setTimeout(() => destroy(client), this.options.timeout)
    try {
      return await this.options.query(client, statement)
    } finally {
      clearTimeout(timer)
      this.release(client)
    }
  }

  private async connect(): Promise<C> {
    const client = await this.options.client()
    const drop = () => {
      this.open.delete(client)
      if (this.idle.includes(client)) this.idle.splice(this.idle.indexOf(client), 1)
    }
    client.on('error', drop)
    client.on('end', drop)
    await client.connect()
    this.open.add(client)
    this.opened++
    if (this.isClosed) {
      await end(client)
      throw new Error('The connections are closed')
    }

    return client
  }

  private release(client: C) {
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
