import { Client } from 'pg'
import type { ClientConfig } from 'pg'

const CHANNEL = 'rachis_changes'
const RECONNECT = 1000

/**
 * Tells other processes that there are changes, and hears it from them, over one connection of its own. Only a wake-up: what
 * is missed while it is down is found by the feed's next look at the table. The trigger does not notify by itself, because
 * NOTIFY takes a lock at commit that lets only one transaction commit at a time.
 */
export class Listener {
  private client?: Client
  private timer?: NodeJS.Timeout
  private isStopped = false
  private isSending = false
  private isDue = false

  constructor(
    private readonly config: () => Promise<ClientConfig>,
    private readonly wake: () => void
  ) {}

  async start(): Promise<void> {
    const client = new Client(await this.config())
    client.on('error', () => this.reconnect(client))
    client.on('end', () => this.reconnect(client))
    client.on(
      'notification',
      ({ processId }) => processId !== (client as unknown as { processID: number }).processID && this.wake()
    )
    await client.connect()
    await client.query(`listen ${CHANNEL}`)
    this.client = client
  }

  /** At most one notification is on its way; all that ask meanwhile share the next. */
  notify() {
    if (this.isSending || !this.client) {
      this.isDue = true
      return
    }
    this.isSending = true
    this.isDue = false
    this.client
      .query(`notify ${CHANNEL}`)
      .catch(() => undefined)
      .then(() => {
        this.isSending = false
        if (this.isDue && this.client) this.notify()
      })
  }

  async stop(): Promise<void> {
    this.isStopped = true
    clearTimeout(this.timer)
    const { client } = this
    this.client = undefined
    await client?.end().catch(() => undefined)
  }

  private reconnect(client: Client) {
    if (this.isStopped || (this.client !== undefined && this.client !== client)) return
    this.client = undefined
    clearTimeout(this.timer)
    this.timer = setTimeout(() => this.start().then(this.wake, () => this.reconnect(client)), RECONNECT)
    this.timer.unref()
  }
}
