import { spawn } from 'child_process'
import type { ChildProcess } from 'child_process'
import { once } from 'events'
import path from 'path'
import { RUN, UNCOUNTED } from '../helpers/runtime'
import { World } from '../helpers/world'

const ROOT = path.join(__dirname, '../..')

interface Place {
  readonly cwd?: string
  /** Where standard output goes; a descriptor where the test does not read it. */
  readonly stdout?: 'pipe' | number
  /** In place of the product. */
  readonly file?: string
}

const environment = (): NodeJS.ProcessEnv => {
  const { DATABASE_URL: _ours, REDIS_URL: _theirs, DATA_DIR: _folder, NODE_ENV: _test, ...inherited } = process.env // prettier-ignore
  return { ...inherited, PORT: '0', SEED_DEMO: 'false', LOG_LEVEL: 'silent', RATE_LIMIT_REQUESTS: '0' }
}

/** The product in a process of its own, as `npm start` runs it, and what it said. */
export class Server {
  output = ''
  private readonly exited: Promise<[number | null, NodeJS.Signals | null]>

  private constructor(readonly child: ChildProcess) {
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk: Buffer) => (this.output += String(chunk)))
    this.exited = once(child, 'exit') as typeof this.exited
  }

  /** Only what is named here differs from a plain `npm start`: no demonstration data, and a port that is free. */
  static spawn(
    env: NodeJS.ProcessEnv,
    { cwd = ROOT, stdout = 'pipe', file = path.join(ROOT, 'src/index.ts') }: Place = {}
  ): Server {
    // Elsewhere tsx would not find it, and what it makes of a file would not be counted together with what it makes of it here.
    const tsconfig = { TSX_TSCONFIG_PATH: path.join(ROOT, 'tsconfig.json') }

    return new Server(
      spawn(process.execPath, [...RUN, file], {
        cwd,
        env: { ...environment(), ...tsconfig, ...env },
        stdio: ['ignore', stdout, 'pipe']
      })
    )
  }

  /** A compiled program, by plain Node. */
  static program(file: string, env: NodeJS.ProcessEnv, cwd: string): Server {
    const options = { cwd, env: { ...environment(), ...env } }
    return new Server(spawn(process.execPath, [file], { ...options, stdio: ['ignore', 'pipe', 'pipe'] }))
  }

  /** A script of package.json, which npm hands to a shell; the child is npm. */
  static npm(script: string, env: NodeJS.ProcessEnv, cwd = ROOT): Server {
    const options = {
      cwd,
      env: { ...environment(), ...UNCOUNTED, ...env },
      shell: process.platform === 'win32'
    }
    return new Server(spawn('npm', ['run', script], { ...options, stdio: ['ignore', 'pipe', 'pipe'] }))
  }

  static async start(env: NodeJS.ProcessEnv): Promise<Server> {
    const server = Server.spawn(env)
    await server.ready()

    return server
  }

  /** The address that it printed. */
  get url(): string | undefined {
    return /API\s+(http:\/\/\S+)\/api\/v1/.exec(this.output)?.[1]
  }

  async ready(): Promise<string> {
    const ended = this.exited.then(([code, signal]) => {
      throw new Error(`The server ended with ${signal ?? code}:\n${this.output}`)
    })
    ended.catch(() => undefined)
    while (!this.url) await Promise.race([once(this.child.stdout!, 'data'), ended])

    return this.url
  }

  /** How it ended: with which code, or by which signal. */
  async end(signal?: NodeJS.Signals): Promise<number | NodeJS.Signals | null> {
    if (signal) this.child.kill(signal)
    const [code, by] = await this.exited

    return by ?? code
  }

  /** The ways of a client to it; there is no application to look into. */
  world(database = ''): World {
    return new World(undefined as never, this.url!, database)
  }
}
