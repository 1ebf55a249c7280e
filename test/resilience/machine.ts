import { execFileSync } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import type { Person } from '../helpers/world'
import { PASSWORD, anonymous } from '../helpers/world'
import type { StreamReader } from '../streams/reader'
import { openStream } from '../streams/reader'
import type { Json, World } from '../helpers/world'
import { Server } from './server'

/** A client of the event stream that comes back with the id that it had last, wherever it finds a server. */
export class ResumingReader extends EventEmitter {
  /** Titles of the tasks that it was told of, in order. */
  readonly titles: string[] = []
  /** How often it came back. */
  returns = -1
  private reader?: StreamReader
  private lastId = ''
  private isClosed = false

  constructor(
    private readonly world: () => World,
    private readonly person: Person
  ) {
    super()
  }

  /** Resolves once it is connected. */
  async open(): Promise<this> {
    const query = this.lastId ? `&last_event_id=${encodeURIComponent(this.lastId)}` : ''
    while (!this.isClosed) {
      const reader = await openStream(this.world(), this.person, `?resources=tasks${query}`).catch(
        () => undefined
      )
      if (reader) return this.follow(reader)
      await new Promise((resolve) => setTimeout(resolve, 100))
    }

    return this
  }

  /** Resolves once it was told of a task. */
  async until(title: string): Promise<void> {
    while (!this.titles.includes(title)) await once(this, 'told')
  }

  close() {
    this.isClosed = true
    this.reader?.close()
  }

  private follow(reader: StreamReader): this {
    this.returns++
    this.reader = reader
    let taken = 0
    const take = () => {
      for (const { event, data, id } of reader.events.slice(taken)) {
        if (id) this.lastId = id
        if (event === 'tasks reset') throw new Error('It was told to read anew')
        if (event === 'tasks created') this.titles.push((data as Json).title as string)
      }
      taken = reader.events.length
      this.emit('told')
    }
    take()
    reader.prependListener('read', take)
    reader.once('over', () => void this.open())

    return this
  }
}

/** The processes that a server has started to serve beside each other. */
export const workersOf = ({ child }: Server, file = 'src/index.ts'): number[] => {
  const all = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' }).split('\n')
  return all
    .map((line) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line))
    .filter((found) => Number(found?.[2]) === child.pid && found![3]!.includes(file))
    .map((found) => Number(found![1]))
}

/** Several processes that one start has made, on one database. */
export class Machine {
  private constructor(
    readonly server: Server,
    readonly world: World
  ) {}

  static async start(database: string, env: NodeJS.ProcessEnv = {}): Promise<Machine> {
    const administrator = { ADMIN_EMAIL: 'root@example.com', ADMIN_PASSWORD: PASSWORD }
    const own = { DATABASE_URL: database, NODE_ENV: 'test', WEB_CONCURRENCY: '2', ...administrator, ...env }
    const server = await Server.start(own)

    return new Machine(server, server.world(database))
  }

  get workers(): number[] {
    return workersOf(this.server)
  }

  async register(name: string): Promise<Person> {
    const body = { email: `${name}@example.com`, username: name, password: PASSWORD }
    const answer = await this.world.rest(anonymous, 'POST', '/auth/register', { body })

    return { name, id: answer.body.user.id, email: body.email, token: answer.body.access_token }
  }

  /** Connections of processes that have read the table of changes, or listen to what others write, last of all. */
  async connections(): Promise<{ readers: number; listeners: number }> {
    const [row] = await this.world.sql(`
      select count(*) filter (where query like '%pg_visible_in_snapshot(tx::xid8%')::int as readers,
        count(*) filter (where query like '%objsubid = 2%' or query ~ '^(listen|notify) rachis')::int as listeners
      from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`)

    return row as { readers: number; listeners: number }
  }

  async end(signal: NodeJS.Signals = 'SIGTERM') {
    this.world.hangUp()
    return this.server.end(signal)
  }
}
