import { Acknowledgements } from './acknowledgements'
import type { Call } from './calls'
import { Commits } from './connection/commits'
import { Connection } from './connection/connection'
import type { ConnectionOptions } from './connection/connection'
import type { State } from './connection/machine'
import { toAsked } from './live/asked'
import { OptimisticWrites } from './live/optimistic'
import type { Row } from './live/row'
import { Shapes } from './live/shapes'
import { Store } from './live/store'
import type { Live } from './live/store'
import { assertOk, Rest } from './rest'
import type { Fetch } from './rest'
import { Sessions } from './session'
import type { Granted, Session, SessionOptions } from './session'
import type { ClientService, EventOf, LiveQuery, RowOf, ServicesOf } from './types'
import type { Uploadable, UploadedFile, UploadOptions } from './upload/types'
import { Writing } from './writing'
import type { Written } from './writing'

export interface ClientOptions extends ConnectionOptions, SessionOptions {
  /** The path that the API is served at. Default `/api/v1`. */
  readonly prefix?: string
  /** Default: the platform's. */
  readonly fetch?: Fetch
}

/** A client of one server. `D` says what is served: see `ServicesOf`. */
export interface Client<D> {
  /** Calls: the methods of Feathers, and each action, step and report by its name. */
  service<P extends keyof ServicesOf<D> & string>(path: P): ClientService<ServicesOf<D>[P], D>
  /** A list that stays as a find would answer it now. */
  live<P extends keyof ServicesOf<D> & string>(
    path: P,
    query?: LiveQuery<RowOf<ServicesOf<D>[P]>>
  ): Live<RowOf<ServicesOf<D>[P]>>
  /** Calls back for each event of a service. @returns a function that stops it */
  on<P extends keyof ServicesOf<D> & string>(
    path: P,
    event: EventOf<ServicesOf<D>[P]>,
    listener: (record: RowOf<ServicesOf<D>[P]>) => void
  ): () => void
  /** A call with what is known of its transaction. */
  call<R = unknown>(call: Call): Promise<Written<R>>
  /** @throws {RachisError} INVALID_LOGIN, MFA_REQUIRED, TOO_MANY_REQUESTS, … */
  login(credentials: { email: string; password: string; code?: string }): Promise<Session>
  register(data: object): Promise<Session>
  /** Signs in by what the server has granted in another way, such as the answer of `oauth_exchange`. */
  adopt(granted: Granted): Promise<Session>
  logout(): Promise<void>
  /**
   * A request of an address behind the prefix of the API with the token of the session, which is renewed as for a call: for files, exports,
   * and headers of answers. The answer is as it came, whatever its status.
   *
   * @throws {RachisError} NETWORK where there was no answer
   */
  fetch(path: string, init?: Parameters<Fetch>[1]): Promise<Response>
  /**
   * Uploads a file, for fields of records to refer to: by a form up to a megabyte, and resumably above, where it goes on by itself after lost
   * connections and restarts of the server.
   *
   * @throws {RachisError} what the server refuses, such as FILE_TOO_LARGE; NETWORK where it was not reached
   * @throws {unknown} the reason of the signal, where that ended it
   * @example
   * const { id } = await client.upload(input.files[0], { field: 'posts.picture_id', onProgress: ({ sent, total }) => show(sent / total) })
   * await client.service('posts').patch(7, { picture_id: id })
   */
  upload(file: Uploadable, options?: UploadOptions): Promise<UploadedFile>
  readonly session: Session | undefined
  /** Calls back when somebody signs in, gets a new token, or is signed out. @returns a function that stops it */
  onSession(listener: (session: Session | undefined) => void): () => void
  /** Of the connection on which events arrive. */
  readonly state: State
  onState(listener: (state: State) => void): () => void
  /** Ends the connection and every list. */
  close(): void
}

class RachisClient {
  private readonly rest: Rest
  private readonly sessions: Sessions
  private readonly shapes: Shapes
  private readonly connection: Connection
  private readonly writing: Writing
  private user?: unknown

  constructor(url: string, { prefix = '/api/v1', fetch = defaultFetch, ...options }: ClientOptions) {
    const origin = url.replace(/\/+$/, '')
    const rest = (this.rest = new Rest(origin + prefix, fetch))
    const sessions = (this.sessions = new Sessions(rest, options))
    const acknowledgements = new Acknowledgements()
    const writes = new OptimisticWrites(
      () => this.shapes.publish(),
      (tx) => acknowledgements.has(tx)
    )
    const send = (call: Call) => this.connection.send(call)
    this.shapes = new Shapes(
      {
        send,
        writes,
        onLoaded: () => this.connection.received(),
        onInvalidToken: () => this.connection.expire()
      },
      (isUsed) => this.connection.dispatch(isUsed ? 'wanted' : 'unwanted')
    )
    const commits = new Commits(this.shapes, writes, acknowledgements)
    const parts = { url: origin, rest, sessions, shapes: this.shapes, commits, acknowledgements }
    this.connection = new Connection(parts, options)
    const isConnected = () => this.connection.current !== 'idle' && this.connection.current !== 'closed'
    this.writing = new Writing({ send, isConnected, writes, acknowledgements, commits })
    sessions.onChange((session) => this.onToken(session))
  }

  service = (path: string): unknown =>
    new Proxy(
      {},
      {
        // A service is no promise, although it answers to every name.
        get: (_target, method) =>
          typeof method === 'symbol' || method === 'then'
            ? undefined
            : (...args: unknown[]) => this.writing.run(path, method, args)
      }
    )

  live = (path: string, query?: object): Live<Row> => {
    const shape = this.shapes.acquire(toAsked(path, query))
    return new Store<Row>(shape, () => this.shapes.release(shape))
  }

  on = (path: string, event: string, listener: (record: Row) => void): (() => void) => {
    const shape = this.shapes.acquire(toAsked(path, { $limit: 0 }))
    const own = (told: { event: string; data: Row }) => told.event === event && listener(told.data)
    shape.changeListeners.add(own)

    return () => {
      if (shape.changeListeners.delete(own)) this.shapes.release(shape)
    }
  }

  call = <R>(call: Call): Promise<Written<R>> => this.writing.call<R>(call)
  login = (credentials: object) => this.sessions.login(credentials)
  register = (data: object) => this.sessions.register(data)
  adopt = (granted: Granted) => this.sessions.adopt(granted)
  logout = () => this.sessions.logout()
  onSession = (listener: (session: Session | undefined) => void) => this.sessions.onChange(listener)
  onState = (listener: (state: State) => void) => this.connection.onChange(listener)

  fetch = async (path: string, init?: Parameters<Fetch>[1]): Promise<Response> => {
    const { rest, sessions } = this
    const token = await sessions.token()
    const response = await rest.fetchWith(path, init, token)
    if (!token || response.status !== 401) return response

    return rest.fetchWith(path, init, await sessions.token(token))
  }

  upload = async (file: Uploadable, options?: UploadOptions): Promise<UploadedFile> => {
    const uploads = await import('./upload/upload')
    const send = async (path: string, init: RequestInit) => assertOk(await this.fetch(path, init))

    return uploads.upload({ send }, file, options)
  }

  get session() {
    return this.sessions.session
  }

  get state() {
    return this.connection.current
  }

  close = () => {
    this.connection.dispatch('closed')
    this.sessions.stop()
  }

  /** Another token of the same user goes on where the old one was; another user sees nothing of what the one before saw. */
  private onToken(session: Session | undefined) {
    const user = session?.user.id
    const isSame = user !== undefined && user === this.user
    this.user = user
    if (isSame) return void this.connection.renew(session!.access_token)
    this.shapes.clear()
    this.connection.dispatch('expired')
  }
}

const defaultFetch: Fetch = (...args) => globalThis.fetch(...args)

/**
 * A client of a server. It connects when the first live list is asked for.
 *
 * @param url of the server, such as `https://api.example.com`
 * @example
 * const client = createClient<ServiceTypes>('http://localhost:3030')
 * await client.login({ email: 'user@example.com', password: 'rachis-demo' })
 * const tasks = client.live('tasks', { status: 'pending', $sort: { id: -1 } })
 * tasks.subscribe(() => console.log(tasks.snapshot().data))
 */
export const createClient = <D>(url: string, options: ClientOptions = {}): Client<D> =>
  new RachisClient(url, options) as unknown as Client<D>
