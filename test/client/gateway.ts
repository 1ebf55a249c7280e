import { once } from 'node:events'
import net from 'node:net'
import type { AddressInfo, Socket } from 'node:net'

/** The address that clients know, whatever server is behind it: restarts, lost connections and proxies without websockets. */
export class Gateway {
  private readonly sockets = new Set<Socket>()
  private target?: number
  /** Answers what asks for a websocket as a proxy does that knows none. */
  hasWebsockets = true
  private readonly server = net.createServer((from) => this.connect(from))

  static async open(target?: string): Promise<Gateway> {
    const gateway = new Gateway()
    if (target) gateway.lead(target)
    await once(gateway.server.listen(0, '127.0.0.1'), 'listening')

    return gateway
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`
  }

  /** From now on connections go to this server; without one they are refused. */
  lead(url?: string) {
    this.target = url === undefined ? undefined : Number(new URL(url).port)
  }

  /** Cuts every connection. */
  cut() {
    for (const socket of this.sockets) socket.destroy()
  }

  close() {
    this.cut()
    this.server.close()
  }

  private connect(from: Socket) {
    this.keep(from)
    from.once('data', (head: Buffer) => {
      const isRefused = !this.hasWebsockets && /^upgrade: websocket/im.test(String(head))
      if (isRefused)
        return void from.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')
      if (this.target === undefined) return void from.destroy()
      const to = net.connect({ host: '127.0.0.1', port: this.target })
      this.keep(to)
      for (const [one, other] of [[from, to], [to, from]] as const) one.on('close', () => other.destroy()) // prettier-ignore
      to.write(head)
      from.pipe(to).pipe(from)
    })
  }

  private keep(socket: Socket) {
    this.sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => this.sockets.delete(socket))
  }
}
