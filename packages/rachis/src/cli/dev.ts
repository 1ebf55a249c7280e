import type { ChildProcess } from 'child_process'
import { spawn } from 'child_process'
import { once } from 'events'
import { existsSync, readdirSync, watch } from 'fs'
import path from 'path'
import type { FromServer, ToServer } from '../dev-messages'
import { DEV } from '../dev-messages'
import { differences } from './differences'
import { print } from './print'
import type { Project } from './project'

/** Milliseconds that a file may take to be written, and others with it. */
const SETTLES = 40
/** Lines of what changed that are shown. */
const SHOWN = 40
const IGNORED = /(^|[\\/])(node_modules|\.data|lib|\.git)([\\/]|$)|~$|\.sw[px]$/

/** A server that is loaded, serves, or has ended. */
interface Server {
  readonly child: ChildProcess
  /** Of what it offers; undefined where it ended before it was loaded. */
  readonly loaded: Promise<readonly string[] | undefined>
  /** The files of the engine that it has loaded; undefined where it ended before it served. */
  readonly ready: Promise<readonly string[] | undefined>
}

const messageOf = (child: ChildProcess, name: FromServer['rachis']) =>
  new Promise<FromServer | undefined>((resolve) => {
    child.on('message', (message: FromServer) => message.rachis === name && resolve(message))
    child.once('exit', () => resolve(undefined))
  })

/** As written, or as compiled. */
const CHILD = path.join(__dirname, `../dev-child${path.extname(__filename)}`)

/** A process that has loaded what the application is made of, and waits for the word to load the application itself. */
const launch = (root: string, entry: string): Server => {
  const child = spawn(process.execPath, [...process.execArgv, CHILD, entry], {
    cwd: root,
    env: { ...process.env, [DEV]: '1' },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc']
  })

  return {
    child,
    loaded: messageOf(child, 'loaded').then((message) => (message?.rachis === 'loaded' ? message.api : undefined)),
    ready: messageOf(child, 'ready').then((message) => (message?.rachis === 'ready' ? message.engine : undefined))
  }
} // prettier-ignore

const isRunning = ({ child }: Server) => child.exitCode === null && child.signalCode === null

const end = async (server: Server | undefined) => {
  if (!server || !isRunning(server)) return
  const ended = once(server.child, 'exit')
  server.child.kill('SIGTERM')
  await ended
}

const showChanges = (before: readonly string[], after: readonly string[], milliseconds: number) => {
  const changed = differences(before, after)
  print(`\nReloaded in ${milliseconds} ms; ${changed.length === 0 ? 'the API is as before' : 'what changed in the API:'}`)
  for (const line of changed.slice(0, SHOWN)) print(`  ${line}`)
  if (changed.length > SHOWN) print(`  … and ${changed.length - SHOWN} more; npm run access and npm run routes show all of it`)
} // prettier-ignore

/** Starts the server anew where a file changes. */
class Reloading {
  private serving?: Server
  private loading?: Server
  private spare?: Server
  private api: readonly string[] = []
  private engine: readonly string[] = []
  private isStopped = false

  constructor(
    private readonly root: string,
    private readonly entry: string
  ) {}

  /** The process that is kept ready, or another one where it has loaded what is of no use any more. */
  private take(isEngine: boolean): Server {
    if (isEngine) this.spare?.child.kill('SIGKILL')
    const server =
      this.spare && isRunning(this.spare) && !isEngine ? this.spare : launch(this.root, this.entry)
    this.spare = undefined

    return server
  }

  /**
   * Loads a new server beside the one that serves, and lets it take the other's place.
   *
   * @param isEngine whether something changed that a process that is kept ready has loaded already
   */
  async reload(isEngine: boolean): Promise<void> {
    const begin = performance.now()
    this.loading?.child.kill('SIGKILL')
    const server = (this.loading = this.take(isEngine))
    server.child.send('load' satisfies ToServer)
    const api = await server.loaded
    // Another change came meanwhile, or the end.
    if (this.loading !== server || this.isStopped) return
    this.loading = undefined
    const before = this.serving
    if (!api) {
      this.keepReady()
      return this.sayBroken()
    }
    await end(before)
    this.serving = server
    server.child.send('go' satisfies ToServer)
    const engine = await server.ready
    if (!engine) return this.sayBroken()
    this.engine = engine
    this.keepReady()
    if (before) showChanges(this.api, api, Math.round(performance.now() - begin))
    this.api = api
  }

  /** For the next change, once nobody waits for this one. */
  private keepReady() {
    if (this.isStopped || this.spare) return
    this.spare = launch(this.root, this.entry)
    this.spare.child.send({ ahead: this.engine } satisfies ToServer)
  }

  private sayBroken() {
    if (this.isStopped) return
    const goesOn = this.serving !== undefined && isRunning(this.serving)
    print(goesOn ? 'The server from before goes on; waiting for the next change' : 'Waiting for the next change')
  } // prettier-ignore

  async stop(): Promise<void> {
    this.isStopped = true
    for (const server of [this.loading, this.spare]) server?.child.kill('SIGKILL')
    await end(this.serving)
  }
}

/** Of the application, and of the engine where its sources are in the same checkout. */
const foldersOf = (root: string) => {
  const packages = path.join(root, 'packages')
  const engine = existsSync(packages) ? readdirSync(packages).map((name) => path.join(packages, name, 'src')) : []
  const own = ['src', 'config', 'migrations'].map((name) => path.join(root, name))

  return { own: own.filter((folder) => existsSync(folder)), engine: engine.filter((folder) => existsSync(folder)) }
} // prettier-ignore

const foldersIn = (folder: string): string[] => [
  folder,
  ...readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !IGNORED.test(entry.name))
    .flatMap(({ name }) => foldersIn(path.join(folder, name)))
]

/**
 * Watches a tree. On Linux each folder by itself: Node 20's `recursive` there does not see a file any more that was put in the place of another, as
 * editors save.
 */
const watchTree = (folder: string, onChange: () => void) => {
  const isNative = process.platform !== 'linux'
  const watched = new Set<string>()
  const add = () => {
    for (const one of isNative ? [folder] : foldersIn(folder)) {
      if (watched.has(one)) continue
      watched.add(one)
      const watcher = watch(one, { recursive: isNative }, (event, file) => {
        if (file !== null && IGNORED.test(file)) return
        if (event === 'rename' && !isNative && existsSync(folder)) add()
        onChange()
      })
      // A folder that is removed.
      watcher.on('error', () => watched.delete(one))
    }
  }
  add()
}

const watchAll = (root: string, onChange: (isEngine: boolean) => void) => {
  let timer: NodeJS.Timeout | undefined
  let isEngine = false
  const changed = (ofEngine: boolean) => () => {
    isEngine ||= ofEngine
    clearTimeout(timer)
    timer = setTimeout(() => {
      onChange(isEngine)
      isEngine = false
    }, SETTLES)
  }
  const { own, engine } = foldersOf(root)
  for (const folder of own) watchTree(folder, changed(false))
  for (const folder of engine) watchTree(folder, changed(true))
}

/**
 * Serves, and starts anew where a file of `src/`, `config/` or `migrations/` changes: says what changed in the API. Where the declarations have a
 * mistake, or a file cannot be read, the server from before goes on.
 *
 * @param args the file that serves; `src/index.ts` by default
 */
export const devCommand = async ({ root }: Project, [entry = 'src/index.ts']: readonly string[]): Promise<void> => {
  const server = new Reloading(root, entry)
  const stop = () => void server.stop().then(() => process.exit(0))
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, stop)
  watchAll(root, (isEngine) => void server.reload(isEngine))
  await server.reload(false)
} // prettier-ignore
