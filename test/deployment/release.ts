import { execFileSync, spawn } from 'child_process'
import type { ChildProcess } from 'child_process'
import { randomBytes } from 'crypto'
import { once } from 'events'
import fs from 'fs'
import { createServer } from 'net'
import type { AddressInfo } from 'net'
import os from 'os'
import path from 'path'

const ROOT = path.join(__dirname, '../..')
const ADMIN = { ADMIN_EMAIL: 'root@example.com', ADMIN_PASSWORD: 'four random words here' }
export const PRODUCTION = { NODE_ENV: 'production', SECRET_KEY: randomBytes(32).toString('base64'), ...ADMIN }
/** The user `node` of Node's images. */
const NODE_USER = 1000

export const freePort = () =>
  new Promise<string>((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(String(port)))
    })
  })

/** What the last stage of the Dockerfile says. */
export const image = () => {
  const lines = fs.readFileSync(path.join(ROOT, 'Dockerfile'), 'utf8').split('\n')
  const last = lines.slice(lines.findLastIndex((line) => line.startsWith('FROM '))).join('\n')
  const env = Object.fromEntries(/^ENV (.*)$/m.exec(last)![1]!.split(' ').map((one) => one.split('='))) as Record<string, string>

  return {
    env: { PATH: process.env.PATH!, ...env },
    command: JSON.parse(/^CMD (\[.*\])$/m.exec(last)![1]!) as string[],
    check: JSON.parse(/^ {2}CMD (\[.*\])$/m.exec(last)![1]!) as string[],
    uid: NODE_USER
  }
} // prettier-ignore

/** A process of a release, at a port that is known. */
class Running {
  output = ''
  private readonly exited: Promise<unknown[]>

  constructor(
    readonly child: ChildProcess,
    readonly port: string
  ) {
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk: Buffer) => (this.output += String(chunk)))
    this.exited = once(child, 'exit')
  }

  get url() {
    return `http://127.0.0.1:${this.port}`
  }

  /** Until it takes requests. */
  async healthy(page = '/health/ready'): Promise<void> {
    for (;;) {
      const isReady = await fetch(`${this.url}${page}`).then(({ ok }) => ok, () => false)
      if (isReady) return
      if (this.child.exitCode !== null) throw new Error(`It ended with ${this.child.exitCode}:\n${this.output}`)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }

  async end(signal: NodeJS.Signals): Promise<unknown> {
    this.child.kill(signal)
    const [code, by] = await this.exited

    return by ?? code
  }
} // prettier-ignore

/** What `npm run compile` makes, with the packages of production, in a folder elsewhere. */
export class Release {
  private constructor(readonly folder: string) {}

  static make(): Release {
    const folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'rachis-release-')))
    fs.chmodSync(folder, 0o755)
    const shell = process.platform === 'win32'
    execFileSync('npm', ['run', '-s', 'compile'], { cwd: ROOT, stdio: 'pipe', shell })
    fs.cpSync(path.join(ROOT, 'build'), path.join(folder, 'app'), { recursive: true })
    const install = ['ci', '--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline']
    execFileSync('npm', install, { cwd: path.join(folder, 'app'), stdio: 'pipe', shell })

    return new Release(folder)
  }

  get app(): string {
    return path.join(this.folder, 'app')
  }

  /** Another version of it, which has a migration more. */
  next(migration: string): string {
    const next = path.join(this.folder, 'next')
    fs.cpSync(this.app, next, { recursive: true, filter: (file) => !file.endsWith('/node_modules') })
    fs.symlinkSync(path.join(this.app, 'node_modules'), path.join(next, 'node_modules'))
    const folder = path.join(next, 'lib/migrations')
    fs.writeFileSync(path.join(fs.existsSync(folder) ? folder : path.join(next, 'migrations'), '20991231000000_next.js'), migration)

    return next
  } // prettier-ignore

  /** @param place the folder of the version, and the account that runs it */
  start(
    [, ...args]: readonly string[],
    env: Readonly<Record<string, string>>,
    place: { readonly cwd: string; readonly uid?: number; readonly gid?: number }
  ): Running {
    const child = spawn(process.execPath, args, { ...place, env, stdio: ['ignore', 'pipe', 'pipe'] })

    return new Running(child, env.PORT!)
  }

  remove() {
    fs.rmSync(this.folder, { recursive: true, force: true })
  }
}
