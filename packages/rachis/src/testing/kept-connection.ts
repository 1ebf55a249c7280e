import { Client } from 'pg'

/**
 * A connection for statements of a test, which is kept between them: PostgreSQL takes several milliseconds to begin a session and to read the
 * catalogue in it, and a test asks hundreds of times. What a statement left in its session is gone for the next one, as in a new session.
 */
export class KeptConnection {
  private idle?: Client

  constructor(private readonly database: string) {}

  /** Statements that run at once have a connection each, so that none waits for a lock behind another one. */
  async use<T>(work: (client: Client) => Promise<T>): Promise<T> {
    const client = this.take() ?? (await this.open())
    try {
      return await work(client)
    } finally {
      await this.keep(client).catch(() => client.end())
    }
  }

  async end(): Promise<void> {
    await this.take()?.end()
  }

  private take(): Client | undefined {
    const client = this.idle
    this.idle = undefined

    return client
  }

  private async open(): Promise<Client> {
    const client = new Client({ connectionString: this.database })
    // The server may end it between two statements. One that is running is told of it by its own rejection.
    client.on('error', () => {
      if (this.idle === client) this.idle = undefined
    })
    await client.connect()

    return client
  }

  /** @throws {Error} where the session has ended, or is in a transaction */
  private async keep(client: Client): Promise<void> {
    await client.query('discard all')
    if (this.idle) return client.end()
    this.idle = client
  }
}
