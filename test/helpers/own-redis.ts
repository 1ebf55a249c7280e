import { spawn, spawnSync } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import Redis from 'ioredis'

/** Whether this machine has the program. */
export const HAS_REDIS = spawnSync('redis-server', ['--version']).status === 0

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()

  return port
}

/** A Redis of the test's own, which can be stopped, paused and started. It keeps nothing when it ends. */
export class OwnRedis {
  private process!: ChildProcess

  private constructor(private readonly port: number) {}

  static async start(): Promise<OwnRedis> {
    const redis = new OwnRedis(await freePort())
    await redis.start()

    return redis
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`
  }

  async start(): Promise<void> {
    const options = ['--port', String(this.port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no']
    this.process = spawn('redis-server', options, { stdio: 'ignore' })
    while (!(await this.isOpen()));
  }

  async stop(): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return
    this.process.kill('SIGKILL')
    await once(this.process, 'exit')
  }

  pause() {
    this.process.kill('SIGSTOP')
  }

  goOn() {
    this.process.kill('SIGCONT')
  }

  /** Does something with it as an administrator would. */
  async do<T>(work: (client: Redis) => Promise<T>): Promise<T> {
    const client = new Redis(this.url)
    try {
      return await work(client)
    } finally {
      client.disconnect()
    }
  }

  private async isOpen(): Promise<boolean> {
    const socket = connect(this.port, '127.0.0.1')
    const opened = once(socket, 'connect').then(() => true)
    const isOpen = await Promise.race([opened, once(socket, 'error').then(() => false)]).catch(() => false)
    socket.destroy()

    return isOpen
  }
}
