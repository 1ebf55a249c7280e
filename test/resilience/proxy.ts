import net from 'net'
import { once } from 'events'
import type { AddressInfo, Socket } from 'net'

/** A network between us and PostgreSQL: connections through it can be made to carry nothing more, without ever ending. */
export class Proxy {
  private readonly pairs = new Set<readonly [Socket, Socket]>()
  private isDeaf = false
  private readonly server = net.createServer((from) => this.connect(from))

  private constructor(private readonly target: net.NetConnectOpts) {}

  /** In front of the server of this URL, which may be a socket in a folder. */
  static async to(url: string): Promise<Proxy> {
    const { hostname, port, searchParams } = new URL(url)
    const folder = searchParams.get('host')
    const proxy = new Proxy(
      folder
        ? { path: `${folder}/.s.PGSQL.${searchParams.get('port')}` }
        : { host: hostname, port: Number(port || 5432) }
    )
    await once(proxy.server.listen(0, '127.0.0.1'), 'listening')

    return proxy
  }

  /** The same database, by way of the proxy. */
  url(database: string): string {
    const url = new URL(database)
    url.hostname = '127.0.0.1'
    url.port = String((this.server.address() as AddressInfo).port)
    url.search = ''

    return url.toString()
  }

  /** Whatever is connected now hears nothing any more, and is not told so. New connections work. */
  swallow() {
    for (const [from, to] of this.pairs) {
      from.unpipe(to)
      to.unpipe(from)
      from.resume()
      to.resume()
    }
  }

  /** From now on, or no more, new connections are accepted and carry nothing either. */
  deafen(isDeaf: boolean) {
    this.isDeaf = isDeaf
  }

  /** Ends whatever is connected now. */
  cut() {
    for (const pair of this.pairs) for (const socket of pair) socket.destroy()
  }

  close() {
    this.server.close()
    this.cut()
  }

  private connect(from: Socket) {
    const to = net.connect(this.target)
    const pair = [from, to] as const
    this.pairs.add(pair)
    for (const socket of pair) {
      socket.on('error', () => undefined)
      socket.on('close', () => {
        this.pairs.delete(pair)
        for (const other of pair) other.destroy()
      })
    }
    if (!this.isDeaf) from.pipe(to).pipe(from)
  }
}
