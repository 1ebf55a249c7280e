import { once } from 'events'
import type { AddressInfo } from 'net'
import authenticationClient from '@feathersjs/authentication-client'
import { feathers } from '@feathersjs/feathers'
import socketClient from '@feathersjs/socketio-client'
import { io } from 'socket.io-client'
import { createApp } from '../../src/app'
import { lower } from '../../packages/rachis/src/model/lower'
import { planMigration } from '../../packages/rachis/src/database/migration'
import type { Module } from '../../packages/rachis/src/module'
import type { Consumer } from '../../packages/rachis/src/feed/consumer'
import type { Application, Settings } from '../../packages/rachis/src/declare/declarations'
import type { AnyResource } from '../../packages/rachis/src/declare'
import { resources as declared } from '../../src/services/resources'
import type { Partly } from '../../packages/rachis/src/settings/merge'
import { createDatabase, dropDatabase, onServer } from './database'
import { Listener } from './listener'

export { Listener }

export type Json = Record<string, any>
export interface Answer {
  status: number
  headers: Headers
  body: any
}
/** One of the cast: who calls, over which transport. */
export interface Person {
  readonly name: string
  readonly id?: number
  readonly email?: string
  readonly token?: string
  readonly refresh_token?: string
}
export const PASSWORD = 'correct-horse'
export const anonymous: Person = { name: 'anonymous' }

export interface Call {
  body?: unknown
  headers?: Record<string, string>
  raw?: string
}

/** An application on a database of its own, and ways to call it as a client does. */
export class World {
  private readonly open: (() => unknown)[] = []
  constructor(
    readonly app: Application,
    readonly url: string,
    readonly database: string
  ) {}

  /** A REST call: `rest(owner, 'POST', '/tasks', { body: { title: 'x' } })`. */
  async rest(
    person: Person,
    method: string,
    path: string,
    { body, headers = {}, raw }: Call = {}
  ): Promise<Answer> {
    const response = await fetch(`${this.url}/api/v1${path}`, {
      method,
      headers: {
        ...(person.token ? { Authorization: `Bearer ${person.token}` } : {}),
        ...(body === undefined && raw === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...headers
      },
      body: raw ?? (body === undefined ? undefined : JSON.stringify(body))
    })
    const text = await response.text()

    return {
      status: response.status,
      headers: response.headers,
      body: isJson(response) && text ? JSON.parse(text) : text
    }
  }

  /** A socket, signed in before anything is sent, that keeps every event it receives. */
  async socket(person: Person = anonymous): Promise<Listener> {
    const socket = io(this.url, { transports: ['websocket'], forceNew: true })
    this.open.push(() => socket.disconnect())
    const listener = new Listener(socket)
    await new Promise<void>((resolve, reject) =>
      socket.once('connect', resolve).once('connect_error', reject)
    )
    if (person.token)
      await listener.call('create', 'authentication', { strategy: 'jwt', accessToken: person.token })

    return listener
  }

  /** The official Feathers client over a socket. */
  async client(person: Person = anonymous) {
    const socket = io(this.url, { transports: ['websocket'], forceNew: true })
    this.open.push(() => socket.disconnect())
    const client = feathers<any>().configure(socketClient(socket)).configure(authenticationClient())
    if (person.token) await client.authenticate({ strategy: 'jwt', accessToken: person.token })

    return client
  }

  async register(name: string, fields: Json = {}): Promise<Person> {
    const data = { email: `${name}@example.com`, username: name, password: PASSWORD, ...fields }
    const user = (await this.app.service('users').create(data as never)) as unknown as { id: number }

    return this.login({ name, id: user.id, email: data.email })
  }

  async login(person: Person): Promise<Person> {
    const { body } = await this.rest(anonymous, 'POST', '/auth/login', {
      body: { email: person.email, password: PASSWORD }
    })

    return { ...person, id: body.user.id, token: body.access_token, refresh_token: body.refresh_token }
  }

  /** The people that permission tests are told with. */
  async cast() {
    const [owner, stranger, manager, admin] = await Promise.all([
      this.register('owner'),
      this.register('stranger'),
      this.register('manager', { role: 'manager' }),
      this.register('admin', { role: 'admin' })
    ])

    return { anonymous, owner, stranger, manager, admin } as Record<
      'anonymous' | 'owner' | 'stranger' | 'manager' | 'admin',
      Person
    >
  }

  /** SQL by hand, as somebody with psql would. */
  sql(text: string, values: unknown[] = []): Promise<Json[]> {
    return onServer(async (client) => (await client.query(text, values)).rows as Json[], {
      connectionString: this.database
    })
  }

  /** Resolves when the feed has handed on everything that is committed now. */
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
  hangUp() {
    for (const end of this.open.splice(0)) end()
  }

  async close(keepDatabase = false) {
    this.hangUp()
    await this.app.teardown()
    if (!keepDatabase) await dropDatabase(this.database)
  }
}

const isJson = (response: Response) => (response.headers.get('content-type') ?? '').includes('json')

export interface WorldOptions {
  readonly settings?: Partly<Settings>
  /** Declarations beside the shipped ones. */
  readonly resources?: readonly AnyResource[]
  /** In place of those of the shop. */
  readonly modules?: readonly Module[]
  /** The database of another world, to be a second process of it. */
  readonly database?: string
  /** Consumers of the feed beside the engine's own. */
  readonly consumers?: readonly Consumer[]
}

export const startWorld = async ({
  settings = {},
  resources = [],
  modules,
  database,
  consumers = []
}: WorldOptions = {}): Promise<World> => {
  const url = database ?? (await createDatabase())
  const tables = resources.map(lower).flatMap(({ table }) => (table ? [table] : []))
  if (!database && tables.length > 0) {
    const { up } = planMigration([], tables)
    await onServer(async (client) => void (await client.query(up.join(';\n'))), { connectionString: url })
  }
  const app = createApp({
    // Of its own, since what is counted in a Redis that all share is kept apart by the secret.
    config: {
      secret_key: `of-the-tests-only-${url}`,
      ...settings,
      database: { ...settings.database, url }
    },
    resources: [...declared, ...resources],
    ...(modules ? { modules } : {})
  })
  for (const consumer of consumers) app.get('engine').feed.consume(consumer)
  const server = await app.listen(0, '127.0.0.1')
  const { port } = server.address() as AddressInfo

  return new World(app, `http://127.0.0.1:${port}`, url)
}
