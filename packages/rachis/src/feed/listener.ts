import type { Client } from 'pg'
import { destroy, end } from './connections'
import { SPACING } from './pace'
import { COUNT, TAKE_PART } from './presence'

const CHANNEL = 'rachis_changes'
const RECONNECT = 1000
/** Milliseconds between signs of life that are asked of the server. */
const HEARTBEAT = 10_000
/** Milliseconds after which everybody has heard that it is there. */
const KNOWN_AFTER = 1000

/**
 * Tells other processes that there are changes, and hears it from them, over one connection of its own. Only a wake-up: what
 * is missed while it is down is found by the feed's next look at the table. The trigger does not notify by itself, because
 * NOTIFY takes a lock at commit that lets only one transaction commit at a time.
 *
 * Where no other process listens, nobody is told. Each counts the others when it begins and from time to time, and tells them that it
 * is there, so that they know of it from its first moment on.
 */
export class Listener {
  private client?: Client
  private timer?: NodeJS.Timeout
  private heartbeat?: NodeJS.Timeout
  private isStopped = false
  private isSending = false
  private isDue = false
  private sentAt = -Infinity
  private pause?: NodeJS.Timeout
  private since = 0
  private hasOthers = true
  /** Counts what was heard of others. */
  private heard = 0

  constructor(
    /** A client with the session of the program, not yet connected. */
    private readonly open: () => Promise<Client>,
    private readonly wake: () => void,
    /** Milliseconds after which a statement without an answer means that the connection is dead. */
    private readonly timeout: number,
    /** Whether a pooler that keeps no sessions stands in between: it takes `listen`, and tells of nothing. */
    private readonly isPooled: () => boolean = () => false
  ) {}

  async start(): Promise<void> {
    const client = await this.open()
    client.on('error', () => this.reconnect(client))
    client.on('end', () => this.reconnect(client))
    client.on('notification', ({ processId }) => {
      if (processId !== (client as unknown as { processID: number }).processID) this.hear()
    })
    try {
      await client.connect()
      await this.run(client, `listen ${CHANNEL}`)
      await this.takePart(client)
    } catch (error) {
      // A server may let a client in and then refuse `listen`, as a standby does: each attempt would leave a connection open.
      await end(client)
      throw error
    }
    if (this.isStopped) return end(client)
    this.client = client
    this.since = performance.now()
    clearInterval(this.heartbeat)
    this.heartbeat = setInterval(() => void this.count(client).catch(() => undefined), HEARTBEAT)
    this.heartbeat.unref()
  }

  /** Whether it hears of what others write, all of whom know of it. */
  get isHearing(): boolean {
    return this.client !== undefined && !this.isPooled() && performance.now() - this.since > KNOWN_AFTER
  }

  private hear() {
    this.heard++
    this.hasOthers = true
    this.wake()
  }

  private async takePart(client: Client): Promise<void> {
    if (!this.isPooled()) await this.run(client, TAKE_PART)
    await this.count(client)
    if (this.hasOthers) await this.run(client, `notify ${CHANNEL}`)
  }

  /** A sign of life as well. Who was heard meanwhile may have come behind the count. */
  private async count(client: Client): Promise<void> {
    const { heard } = this
    const [row] = await this.run<{ count: number }>(client, COUNT)
    if (heard === this.heard) this.hasOthers = this.isPooled() || row!.count > 1
  }

  /**
   * The first at once; those that follow share one for a while, and at most one is on its way. Others would not read more often
   * if they were told of each write.
   */
  notify() {
    if (!this.hasOthers) return
    this.isDue = true
    if (this.isSending || this.pause || !this.client) return
    const wait = this.sentAt + SPACING - performance.now()
    if (wait <= 0) return void this.send(this.client)
    this.pause = setTimeout(() => this.resume(), wait)
    this.pause.unref()
  }

  private resume() {
    this.pause = undefined
    if (this.isDue) this.notify()
  }

  private async send(client: Client): Promise<void> {
    this.isSending = true
    this.isDue = false
    this.sentAt = performance.now()
    await this.run(client, `notify ${CHANNEL}`).catch(() => undefined)
    this.isSending = false
    if (this.isDue) this.notify()
  }

  async stop(): Promise<void> {
    this.isStopped = true
    clearTimeout(this.timer)
    clearTimeout(this.pause)
    clearInterval(this.heartbeat)
    const { client } = this
    this.client = undefined
    if (client && this.isDue) await this.run(client, `notify ${CHANNEL}`).catch(() => undefined)
    if (client) await end(client)
  }

  /** A dead connection gives neither an answer nor an error: without this it would be listened to for ever. */
  private async run<T extends object>(client: Client, sql: string): Promise<T[]> {
    const timer = setTimeout(() => destroy(client), this.timeout)
    return (await client.query<T>(sql).finally(() => clearTimeout(timer))).rows
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
