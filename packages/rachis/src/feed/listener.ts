import type { Client } from 'pg'
import { destroy, end } from './connections'

const CHANNEL = 'rachis_changes'
const RECONNECT = 1000
/** Milliseconds between signs of life that are asked of the server. */
const HEARTBEAT = 10_000

/**
 * Tells other processes that there are changes, and hears it from them, over one connection of its own. Only a wake-up: what
 * is missed while it is down is found by the feed's next look at the table. The trigger does not notify by itself, because
 * NOTIFY takes a lock at commit that lets only one transaction commit at a time.
 */
export class Listener {
  private client?: Client
  private timer?: NodeJS.Timeout
  private heartbeat?: NodeJS.Timeout
  private isStopped = false
  private isSending = false
  private isDue = false

  constructor(
    /** A client with the session of the program, not yet connected. */
    private readonly open: () => Promise<Client>,
    private readonly wake: () => void,
    /** Milliseconds after which a statement without an answer means that the connection is dead. */
    private readonly timeout: number
  ) {}

  async start(): Promise<void> {
    const client = await this.open()
    client.on('error', () => this.reconnect(client))
    client.on('end', () => this.reconnect(client))
    client.on(
      'notification',
      ({ processId }) => processId !== (client as unknown as { processID: number }).processID && this.wake()
    )
    try {
      await client.connect()
      await this.run(client, `listen ${CHANNEL}`)
    } catch (error) {
      // A server may let a client in and then refuse `listen`, as a standby does: each attempt would leave a connection open.
      await end(client)
      throw error
    }
    if (this.isStopped) return end(client)
    this.client = client
    clearInterval(this.heartbeat)
    this.heartbeat = setInterval(() => void this.run(client, 'select 1').catch(() => undefined), HEARTBEAT)
    this.heartbeat.unref()
  }

  /** At most one notification is on its way; all that ask meanwhile share the next. */
  notify() {
    if (this.isSending || !this.client) {
      this.isDue = true
      return
    }
    this.isSending = true
    this.isDue = false
    this.run(this.client, `notify ${CHANNEL}`)
      .catch(() => undefined)
      .then(() => {
        this.isSending = false
        if (this.isDue && this.client) this.notify()
      })
  }

  async stop(): Promise<void> {
    this.isStopped = true
    clearTimeout(this.timer)
    clearInterval(this.heartbeat)
    const { client } = this
    this.client = undefined
    if (client) await end(client)
  }

  /** A dead connection gives neither an answer nor an error: without this it would be listened to for ever. */
  private async run(client: Client, sql: string): Promise<void> {
    const timer = setTimeout(() => destroy(client), this.timeout)
    await client.query(sql).finally(() => clearTimeout(timer))
  }

  private reconnect(client: Client) {
    if (this.isStopped || (this.client !== undefined && this.client !== client)) return
    this.client = undefined
    clearInterval(this.heartbeat)
    clearTimeout(this.timer)
    this.timer = setTimeout(() => this.start().then(this.wake, () => this.reconnect(client)), RECONNECT)
    this.timer.unref()
  }
}
