import { execFileSync } from 'child_process'
import fs from 'fs'
import os from 'os'
import path from 'path'
import type { EmbeddedServer } from '../../packages/rachis/src/database/embedded/embedded'
import { startEmbedded } from '../../packages/rachis/src/database/embedded/embedded'

/** A PostgreSQL of a test's own, which it may stop, pause and fill up. */
export class OwnServer {
  private constructor(
    public server: EmbeddedServer,
    /** Below it everybody may enter: PostgreSQL does not run as root. */
    readonly folder: string,
    private readonly settings: Readonly<Record<string, string | number>>
  ) {}

  static async start(settings: Readonly<Record<string, string | number>> = {}): Promise<OwnServer> {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'rachis-fault-'))
    fs.chmodSync(folder, 0o755)
    const own = { fsync: 'off', ...settings }
    const server = await startEmbedded(path.join(folder, 'data'), { settings: own })

    return new OwnServer(server, folder, own)
  }

  /** The same data, perhaps at another address. */
  async restart() {
    await this.server.stop()
    this.server = await startEmbedded(path.join(this.folder, 'data'), { settings: this.settings })
  }

  get url(): string {
    const { host, port, user } = this.server.connection
    return `postgresql://${user}@localhost/postgres?${new URLSearchParams({ host, port: String(port) }).toString()}`
  }

  /** The postmaster and all that serve a connection. */
  private get pids(): number[] {
    const { pid } = this.server
    const all = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' })
    const children = all
      .split('\n')
      .map((line) => line.trim().split(/\s+/).map(Number))
      .filter(([, parent]) => parent === pid)

    return [pid, ...children.map(([child]) => child!)]
  }

  /** As a host that is suspended, or a disk that hangs: connections stay, and nothing answers. */
  pause() {
    for (const pid of this.pids) process.kill(pid, 'SIGSTOP')
  }

  resume() {
    for (const pid of this.pids) process.kill(pid, 'SIGCONT')
  }

  async remove() {
    await this.server.stop()
    fs.rmSync(this.folder, { recursive: true, force: true })
  }
}

/** A small file system in a folder; undefined where this process may make none. */
export const smallDisk = (folder: string, megabytes: number): (() => void) | undefined => {
  fs.mkdirSync(folder)
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=0777`, 'tmpfs', folder], { stdio: 'ignore' })
  } catch {
    return undefined
  }

  return () => void execFileSync('umount', ['-l', folder])
} // prettier-ignore

/** Writes until nothing more fits. */
export const fill = (file: string) => {
  const bytes = Buffer.alloc(65_536)
  const fd = fs.openSync(file, 'w')
  for (let size = bytes.length; size > 0;) {
    try {
      fs.writeSync(fd, bytes, 0, size)
    } catch {
      size >>= 1
    }
  }
  fs.closeSync(fd)
}
