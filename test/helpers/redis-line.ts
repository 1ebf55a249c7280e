import type { AddressInfo, Server, Socket } from 'node:net'
import { connect, createServer } from 'node:net'

export const URL_OF_REDIS = process.env.REDIS_URL

/** Stands before Redis, and can fail as networks do: refuse, or take what is sent and never answer. */
export class RedisLine {
  private readonly open = new Set<Socket>()
  private server!: Server
  private port = 0
  isSilent = false

  async start() {
    const { hostname, port } = new URL(URL_OF_REDIS!)
    this.server = createServer((client) => {
      const redis = connect(Number(port || 6379), hostname)
      for (const [one, other] of [[client, redis], [redis, client]] as const) {
        this.open.add(one)
        one.on('data', (data) => { if (!this.isSilent) other.write(data) })
        one.on('error', () => undefined)
        one.on('close', () => other.destroy())
      } // prettier-ignore
    })
    await new Promise<void>((resolve) => this.server.listen(this.port, '127.0.0.1', resolve))
    this.port = (this.server.address() as AddressInfo).port
  }

  get url() {
    return Object.assign(new URL(URL_OF_REDIS!), { host: `127.0.0.1:${this.port}` }).toString()
  }

  async cut() {
    const closed = new Promise((resolve) => this.server.close(resolve))
    for (const socket of this.open) socket.destroy()
    this.open.clear()
    await closed
  }
}
