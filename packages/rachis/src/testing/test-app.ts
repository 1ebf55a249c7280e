import { once } from 'events'
import type { AddressInfo } from 'net'
import { io } from 'socket.io-client'
import type { AppOptions } from '../create-app'
import { createSql } from '../database/plan/plan'
import type { AnyResource } from '../declare'
import type { Application, Settings } from '../declare/declarations'
import { lower } from '../model/lower'
import { PREFIX } from '../model/prefix'
import type { Partly } from '../settings/merge'
import { merged } from '../settings/merge'
import { cloneDatabase, dropDatabase, onServer } from './databases'
import { EventRecorder } from './event-recorder'
import { Factory } from './factory'
import { KeptConnection } from './kept-connection'
import type { CreateApp } from './prepare'
import { prepareFor } from './prepare'
import { TestClient } from './test-client'
import { anonymous, PASSWORD } from './wire'
import type { Answer, Json, Person, Sent } from './wire'

export interface TestAppOptions {
  readonly createApp: CreateApp
  /** What differs from the application as it is served, such as `config`. */
  readonly options?: Partial<AppOptions>
  /** Declarations among those of the application that no migration makes a table for. */
  readonly unmigrated?: readonly AnyResource[]
  /** The fields that people are registered with, by their names. Whoever has the name of a role has that role. */
  readonly people?: Readonly<Record<string, Json>>
  /** Runs before the application listens. */
  readonly prepare?: (app: Application) => void
  /** The database of another application, to be a second process of it. */
  readonly database?: string
  /** The project's folder; the working directory by default. Without DATABASE_URL an embedded server keeps its data in `.data/test` of it. */
  readonly root?: string
}

const isJson = (response: Response) => (response.headers.get('content-type') ?? '').includes('json')
const makeTables = async (url: string, resources: readonly AnyResource[]) => {
  const tables = resources.map(lower).flatMap(({ table }) => (table ? [table] : []))
  if (tables.length === 0) return
  const up = createSql(tables)
  await onServer(url, (client) => client.query(up.join(';\n')))
}

/** An application that listens, on a database of its own, and ways to call it as a client does. */
export class TestApp {
  private readonly open: (() => unknown)[] = []
  private readonly known = new Map<string, Promise<Person>>([['anonymous', Promise.resolve(anonymous)]])
  private readonly hand: KeptConnection
  private made?: Factory

  constructor(
    readonly app: Application,
    /** Where it listens: `http://127.0.0.1:40123`. */
    readonly url: string,
    /** The address of its database. */
    readonly database: string,
    private readonly people: Readonly<Record<string, Json>> = {}
  ) {
    this.hand = new KeptConnection(database)
  }

  /** @throws {Error} where it cannot start, such as a declaration that is wrong */
  static async start<T extends TestApp>(
    this: new (...args: ConstructorParameters<typeof TestApp>) => T,
    { options = {}, ...given }: TestAppOptions
  ): Promise<T> {
    const { server: home, template, config: lenience } = await prepareFor(given.createApp, given.root)
    const url = given.database ?? (await cloneDatabase(home, template))
    if (!given.database) await makeTables(url, given.unmigrated ?? [])
    const app = given.createApp({
      ...options,
      // A secret of its own, since what is counted in a Redis that all share is kept apart by it.
      config: merged<Partly<Settings>>(
        { secret_key: `of-the-tests-only-${url}`, ...lenience },
        { ...options.config, database: { ...options.config?.database, url } }
      )
    })
    given.prepare?.(app)
    const server = await app.listen(0, '127.0.0.1')
    const { port } = server.address() as AddressInfo

    return new this(app, `http://127.0.0.1:${port}`, url, given.people)
  }

  /**
   * What somebody does: `anonymous`, or whoever has this name, who is registered and signed in with their first call.
   *
   * @example await app.as('manager').post('/tasks', { title: 'x' })
   */
  as(who: string | Person): TestClient {
    return new TestClient(this, who)
  }

  /** Who has this name: the same person with each call. */
  person(name: string): Promise<Person> {
    const person = this.known.get(name) ?? this.register(name, this.people[name] ?? this.role(name))
    this.known.set(name, person)

    return person
  }

  /** A call over REST. A path that does not begin with `/api/` is of the present version. */
  async rest(person: Person, method: string, path: string, sent: Sent = {}): Promise<Answer> {
    const response = await this.send(person, method, path, sent)
    const text = await response.text()

    return {
      status: response.status,
      headers: response.headers,
      body: isJson(response) && text ? JSON.parse(text) : text
    }
  }

  /** The same, answered as it came. */
  send({ token }: Person, method: string, path: string, { body, headers = {}, raw }: Sent = {}) {
    return fetch(path.startsWith('/api/') ? `${this.url}${path}` : `${this.url}${PREFIX}${path}`, {
      method,
      headers: {
        ...(token ? { Authorization: `Bearer ${token}` } : {}),
        ...(body === undefined && raw === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...headers
      },
      body: raw ?? (body === undefined ? undefined : JSON.stringify(body))
    })
  }

  /** A new socket, signed in before anything is sent, that keeps every event it receives. */
  async socket(person: Person = anonymous, auth: Json = {}): Promise<EventRecorder> {
    const socket = io(this.url, { transports: ['websocket'], forceNew: true, auth })
    this.atHangUp(() => socket.disconnect())
    const recorder = new EventRecorder(socket, () => this.settled())
    await new Promise<void>((resolve, reject) =>
      socket.once('connect', resolve).once('connect_error', reject)
    )
    if (person.token)
      await recorder.call('create', 'authentication', { strategy: 'jwt', accessToken: person.token })

    return recorder
  }

  /** Registers somebody, with every field that users must have, and signs them in. */
  async register(name: string, fields: Json = {}): Promise<Person> {
    const word = name.toLowerCase().replace(/[^a-z0-9]/g, '')
    const given = { email: `${word}@example.com`, username: word, password: PASSWORD, ...fields }
    const data = await this.factory.data('users', given)
    const user = (await this.app.service('users').create(data as never)) as unknown as { id: number }

    return this.login({ name, id: user.id, email: given.email })
  }

  /** Signs somebody in again; answers them with a new token. */
  async login(person: Person): Promise<Person> {
    const { body } = await this.rest(anonymous, 'POST', '/auth/login', {
      body: { email: person.email, password: PASSWORD }
    })

    return { ...person, id: body.user.id, token: body.access_token, refresh_token: body.refresh_token }
  }

  /**
   * A valid body to create a record with: every field that it must have, and those that are given.
   *
   * @example await app.data('tasks', { title: 'x' }) // { title: 'x' }
   */
  data(resource: string, fields: Json = {}): Promise<Json> {
    return this.factory.data(resource, fields)
  }

  /**
   * A record, and the parents that it must have, inserted by SQL as any other program could: no rule is asked, readers are told of it.
   *
   * @example (await app.make('tasks', { user_id: (await app.person('owner')).id })).title
   */
  make(resource: string, fields: Json = {}): Promise<Json> {
    return this.factory.make(resource, fields)
  }

  /**
   * SQL by hand, as somebody with psql would. The session is kept for the next statement, and cleared: what `alter database` or `alter role`
   * set holds for sessions that are opened later.
   */
  sql(text: string, values: unknown[] = []): Promise<Json[]> {
    return this.hand.use(async (client) => (await client.query(text, values)).rows as Json[])
  }

  /** Resolves when the feed has handed on everything that is committed now. What it told a socket may be on its way: see its `told()`. */
  async settled(): Promise<void> {
    const [row] = await this.sql('select coalesce(max(id), 0)::int as id from changes')
    const { feed, idle } = this.app.get('engine')
    while (feed.cursor < row!.id) {
      feed.wake()
      await once(feed, 'position')
    }
    await idle()
  }

  /** Ends every socket that was opened here. */
  hangUp(): void {
    for (const end of this.open.splice(0)) end()
  }

  /** Ends the application, and removes its database unless that is kept for another one. */
  async close(keepDatabase = false): Promise<void> {
    this.hangUp()
    await this.app.teardown()
    await this.hand.end()
    if (!keepDatabase) await dropDatabase(this.database)
  }

  protected atHangUp(end: () => unknown): void {
    this.open.push(end)
  }

  private role(name: string): Json {
    const field = this.factory.model('users').fields.get('role')
    return field?.enum?.includes(name) ? { role: name } : {}
  }

  private get factory(): Factory {
    return (this.made ??= new Factory(this.app))
  }
}

/**
 * Starts an application on a database of its own, which is copied from a template in some milliseconds.
 *
 * @example
 * const app = await startTestApp({ createApp })
 * const manager = app.as('manager')
 * await manager.post('/tasks', { title: 'x' }) // { status: 201, headers, body: { id: 1, title: 'x', … } }
 * await app.close()
 */
export const startTestApp = (options: TestAppOptions): Promise<TestApp> => TestApp.start(options)
