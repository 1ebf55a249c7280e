import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import readline from 'node:readline'
import { Client } from 'pg'
import { startEmbedded, type EmbeddedServer } from '../../packages/rachis/src/database/embedded/embedded'
import { isRunning } from '../../packages/rachis/src/database/embedded/embedded-process'
import { RUN } from '../helpers/runtime'

export const root = path.join(__dirname, '../..')
export const isRoot = process.getuid?.() === 0
export const isLinux = process.platform === 'linux'
export const quick = { settings: { fsync: 'off' } }

export let scratch: string
/** A data folder with a database in it, since initdb takes half a second. */
export let made: string
let children: ChildProcess[] = []
let servers: EmbeddedServer[] = []

/** Below a folder that everyone may enter, as mkdtemp's own is closed to the account that root drops to. */
export function makeScratch(): string {
  const folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'embedded-test-')))
  fs.chmodSync(folder, 0o755)
  return folder
}

/** A copy of the data folder that the tests share, for what would spoil that. */
export function copyOfMade(name: string): string {
  execFileSync('cp', ['-a', made, path.join(scratch, name)])
  return path.join(scratch, name)
}

export async function start(dataDir: string, options: Parameters<typeof startEmbedded>[1] = quick) {
  const server = await startEmbedded(dataDir, options)
  servers.push(server)
  return server
}

export async function query(server: EmbeddedServer, sql: string): Promise<Record<string, unknown>[]> {
  const client = new Client(server.connection)
  await client.connect()
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}

export interface Running {
  child: ChildProcess
  lines: string[]
  /** resolves with the first value other than undefined, looked for whenever a line came */
  until<T>(look: (lines: string[]) => T | undefined): Promise<T>
  /** resolves with what follows the word in the first line that starts with it */
  said(word: string): Promise<string>
}

export function run(command: string, args: string[], options: { detached?: boolean } = {}): Running {
  const child = spawn(command, args, { cwd: root, stdio: ['pipe', 'pipe', 'inherit'], ...options })
  children.push(child)
  const lines: string[] = []
  const reader = readline.createInterface({ input: child.stdout })
  const until = <T>(look: (lines: string[]) => T | undefined) =>
    new Promise<T>((resolve, reject) => {
      const check = () => {
        const found = look(lines)
        if (found !== undefined) resolve(found)
      }
      reader.on('line', check)
      child.once('close', () =>
        reject(new Error(`the process ended and had said only: ${lines.join(' / ')}`))
      )
      check()
    })
  reader.on('line', (line) => lines.push(line))
  const said = (word: string) =>
    until(() => lines.find((line) => line.startsWith(`${word} `))?.slice(word.length + 1))
  return { child, lines, until, said }
}

export function runRole(dataDir: string, role: string, options: { detached?: boolean } = {}): Running {
  return run(process.execPath, [...RUN, path.join(__dirname, 'embedded-child.ts'), dataDir, role], options)
}

export async function kill(child: ChildProcess) {
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
}

/** Waits for a name to appear in a folder. */
export async function appears(folder: string, prefix: string): Promise<string> {
  const watcher = fs.watch(folder)
  try {
    for (;;) {
      const found = fs.readdirSync(folder).find((name) => name.startsWith(prefix))
      if (found) return path.join(folder, found)
      await once(watcher, 'change')
    }
  } finally {
    watcher.close()
  }
}

export function postmasterPid(dataDir: string): number {
  return Number(fs.readFileSync(path.join(dataDir, 'postgresql/postmaster.pid'), 'utf8').split('\n')[0])
}

/** The lock of a process that was killed. */
export function plantLock(dataDir: string, pid: number, started: string) {
  fs.writeFileSync(path.join(dataDir, 'owner.json'), JSON.stringify({ pid, started, id: 'planted' }))
}

export async function deadPid(): Promise<number> {
  const child = spawn('true')
  await once(child, 'exit')
  return child.pid as number
}

/** Makes a folder with a database before the tests of a file; ends what each test started, and removes the folder after them. */
export const withScratch = () => {
  before(async () => {
    scratch = makeScratch()
    made = path.join(scratch, 'made')
    await (await startEmbedded(made, quick)).stop()
  })

  afterEach(async () => {
    await Promise.all(servers.map((server) => server.stop()))
    for (const child of children) if (isRunning(child.pid ?? 0)) await kill(child)
    servers = []
    children = []
  })

  after(() => {
    if (isLinux) {
      const left = fs.readdirSync('/proc').filter((pid) => {
        try {
          return fs.readlinkSync(`/proc/${pid}/cwd`).startsWith(scratch)
        } catch {
          return false
        }
      })
      left.forEach((pid) => process.kill(Number(pid), 'SIGKILL'))
    }
    fs.rmSync(scratch, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 })
  })
}
