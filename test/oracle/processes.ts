import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { Dice } from '../../packages/rachis/src/testing/dice'
import type { TestApp } from '../../packages/rachis/src/testing/test-app'
import { workersOf } from '../resilience/machine'
import { Server } from '../resilience/server'

const FILE = path.join(__dirname, 'process.ts')

/** Real processes beside the one of the test, which end in every way and come back. */
export class Processes {
  private readonly running: { server: Server; world: TestApp }[] = []
  private troubles: Promise<unknown> = Promise.resolve()
  /** How often each kind of trouble came about. */
  readonly tally = { 'kill -9': 0, 'graceful restart': 0, 'rolling restart': 0, 'kill -9 of a worker': 0 }
  private started = 0

  constructor(
    private readonly seed: number,
    private readonly database: string,
    /** Those that take requests now: the first of them is that of the test, and stays. */
    readonly worlds: TestApp[]
  ) {}

  async start(count: number) {
    await Promise.all(Array.from({ length: count }, () => this.startOne()))
  }

  private async startOne() {
    // Every other one is a machine of two processes, of which a third one reads the table of changes.
    const WEB_CONCURRENCY = String(1 + ((this.started++ + this.seed) % 2))
    const { ORACLE_FEED_URL } = process.env
    const env = { NODE_ENV: 'test', ORACLE_SEED: String(this.seed), ORACLE_DATABASE: this.database, ORACLE_FEED_URL, WEB_CONCURRENCY } // prettier-ignore
    const server = Server.spawn(env, { file: FILE })
    await server.ready()
    const world = server.world(this.database)
    this.running.push({ server, world })
    this.worlds.push(world)
  }

  /** Takes a process away, which its clients notice, and brings another in its place. */
  private async restart(signal: NodeJS.Signals) {
    const one = this.running.shift()
    if (!one) return
    this.worlds.splice(this.worlds.indexOf(one.world), 1)
    await Promise.all([one.server.end(signal), this.startOne()])
  }

  /** One process of a machine of several ends, where there is such a machine, and is replaced by itself. */
  private async killWorker(): Promise<void> {
    const machine = this.running.find(({ server }) => workersOf(server, FILE).length > 1)
    if (!machine) return
    const [victim] = workersOf(machine.server, FILE)
    process.kill(victim!, 'SIGKILL')
    const isBack = () => {
      const now = workersOf(machine.server, FILE)
      return now.length > 1 && !now.includes(victim!)
    }
    while (!isBack()) await setTimeout(100)
  }

  /** Begins a restart, which goes on while others write. One at a time. */
  trouble(dice: Dice): string {
    const kind = dice.pick(Object.keys(this.tally) as (keyof Processes['tally'])[])
    const rounds = kind === 'rolling restart' ? this.running.length : 1
    this.troubles = this.troubles.then(async () => {
      if (kind === 'kill -9 of a worker') await this.killWorker()
      else
        for (let round = 0; round < rounds; round++)
          await this.restart(kind === 'kill -9' ? 'SIGKILL' : 'SIGTERM')
      this.tally[kind]++
    })
    this.troubles.catch(() => undefined)

    return kind
  }

  /** Resolves once every process is back. */
  async calm() {
    await this.troubles
  }

  async close() {
    await this.troubles.catch(() => undefined)
    this.worlds.splice(1)
    await Promise.all(this.running.splice(0).map(({ server }) => server.end('SIGKILL')))
  }
}
