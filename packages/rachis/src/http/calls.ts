import type { Server } from 'socket.io'

interface Call {
  readonly params: { readonly provider?: string }
}

/** Counts the calls that have come over sockets and are not answered yet. */
export class SocketCalls {
  private running = 0
  private waiting: (() => void)[] = []

  /** An `around` hook for all services. */
  readonly hook = ({ params }: Call, next: () => Promise<void>): Promise<void> =>
    params.provider === 'socketio' ? this.count(next) : next()

  private async count(next: () => Promise<void>): Promise<void> {
    this.running++
    try {
      await next()
    } finally {
      this.running--
      if (this.running === 0) for (const done of this.waiting.splice(0)) done()
    }
  }

  /** Resolves when no call runs and the answers of the last ones have been handed to their sockets. */
  async finished(): Promise<void> {
    while (this.running > 0) await new Promise<void>((resolve) => this.waiting.push(resolve))
    await new Promise((resolve) => setImmediate(resolve))
    if (this.running > 0) await this.finished()
  }
}

type Engine = Server['engine']
interface Client {
  close(): void
}

/**
 * Ends every socket once what was written to it has been sent. The clients see a lost transport and reconnect; after a
 * `disconnect` packet they would not.
 */
export const closeSockets = (engine: Engine) => {
  const { clients } = engine as unknown as { clients: Readonly<Record<string, Client>> }
  for (const client of Object.values(clients)) client.close()
}
