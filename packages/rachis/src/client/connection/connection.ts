import type { Acknowledgements } from '../acknowledgements'
import type { Answered, Call } from '../calls'
import { isRachisError } from '../errors'
import type { RachisError } from '../errors'
import type { Shapes } from '../live/shapes'
import { onWake } from '../platform'
import type { Rest } from '../rest'
import type { Sessions } from '../session'
import type { Handlers, Transport } from '../transport/transport'
import { openSocket } from '../transport/socket'
import { openSse } from '../transport/sse'
import { pauseBefore } from './backoff'
import type { Commits } from './commits'
import { next } from './machine'
import type { Effect, Event, State } from './machine'

export interface ConnectionOptions {
  /** Default `auto`: websockets, and the event stream where they do not connect. */
  readonly transport?: 'auto' | 'websocket' | 'sse'
}
interface Parts {
  readonly url: string
  readonly rest: Rest
  readonly sessions: Sessions
  readonly shapes: Shapes
  readonly commits: Commits
  readonly acknowledgements: Acknowledgements
}

/** After so many attempts without a websocket the event stream is tried once, and so on. */
const SOCKETS_BEFORE_SSE = 2

/** Runs the state machine: carries out its effects, and tells it what happens. */
export class Connection {
  private state: State = 'idle'
  private transport?: Transport
  /** The attempt that counts: what an abandoned one brings is dropped. */
  private attempt = 0
  /** Attempts since something was last received. */
  private failures = 0
  private error?: RachisError
  private timer?: ReturnType<typeof setTimeout>
  /** The kind of transport that has worked. */
  private known?: 'websocket' | 'sse'
  private token?: string
  /** One that the server did not take, although it looks good by this machine's clock. */
  private refused?: string
  private readonly stopWaking: () => void
  private readonly listeners = new Set<(state: State) => void>()
  private readonly effects: Readonly<Record<Effect, () => void>> = {
    open: () => void this.open(),
    abandon: () => this.abandon(),
    hold: () => this.hold(),
    resume: () => this.resume(),
    wait: () => this.wait(),
    cancel: () => clearTimeout(this.timer)
  }

  constructor(
    private readonly parts: Parts,
    private readonly options: ConnectionOptions
  ) {
    this.stopWaking = onWake(() => this.dispatch('woken'))
  }

  get current(): State {
    return this.state
  }

  /** Why the last attempt failed. */
  get lastError(): RachisError | undefined {
    return this.error
  }

  onChange(listener: (state: State) => void): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  dispatch(event: Event) {
    const before = this.state
    const [state, ...effects] = next(before, event)
    this.state = state
    for (const effect of effects) this.effects[effect]()
    if (state === 'closed') this.stopWaking()
    if (state !== before) for (const listener of [...this.listeners]) listener(state)
  }

  /** By the socket where one is open; over REST else. A token that the server does not take is renewed once. */
  async send<R>(call: Call): Promise<Answered<R>> {
    const { transport, token } = this
    if (this.state !== 'live' || !transport?.call)
      return this.sendByRest(call, await this.parts.sessions.token())
    try {
      const answer = await transport.call<R>(call)
      this.parts.rest.wrote(answer.tx)
      return answer
    } catch (error) {
      if (!token || !isRachisError(error, 'INVALID_TOKEN')) throw error
      this.expire()
      return this.sendByRest(call, await this.parts.sessions.token(token))
    }
  }

  /** The server does not take the token of this connection any more. */
  expire() {
    this.refused = this.token
    this.dispatch('expired')
  }

  /** Something was received: the next pause is a short one again. */
  received() {
    this.failures = 0
  }

  /** The same user has another token. */
  async renew(token: string): Promise<void> {
    this.token = token
    const { transport, attempt } = this
    if (this.state !== 'live' || !transport) return
    await transport.signIn(token).catch(() => attempt === this.attempt && this.dispatch('lost'))
  }

  private async sendByRest<R>(call: Call, token: string | undefined): Promise<Answered<R>> {
    const { rest, sessions } = this.parts
    try {
      return await rest.send<R>(call, token)
    } catch (error) {
      if (!token || !isRachisError(error, 'INVALID_TOKEN')) throw error
      const fresh = await sessions.token(token)
      return rest.send<R>(call, fresh)
    }
  }

  private async open() {
    const attempt = ++this.attempt
    try {
      const transport = await this.connect(this.handlers(attempt))
      if (attempt !== this.attempt) return transport.close()
      this.transport = transport
      this.known = transport.kind
      this.error = undefined
      this.dispatch('opened')
    } catch (error) {
      if (attempt !== this.attempt) return
      this.error = error as RachisError
      this.dispatch('failed')
    }
  }

  private async connect(handlers: Handlers): Promise<Transport> {
    const { url, rest, sessions } = this.parts
    const token = await sessions.token(this.refused)
    this.token = token
    if (this.nextKind() === 'sse') return openSse({ base: rest.base, fetch: rest.fetch, token, handlers })
    const socket = await openSocket(url, rest.base, handlers)
    try {
      if (token) await this.signIn(socket, token)
      return socket
    } catch (error) {
      socket.close()
      throw error
    }
  }

  private async signIn(socket: Transport, token: string) {
    try {
      await socket.signIn(token)
    } catch (error) {
      if (!isRachisError(error, 'INVALID_TOKEN')) throw error
      const fresh = await this.parts.sessions.token(token)
      // Undefined where the session is over: then it is anybody's connection.
      if (fresh) await socket.signIn(fresh)
      this.token = fresh
    }
  }

  private nextKind(): 'websocket' | 'sse' {
    const { transport = 'auto' } = this.options
    if (transport !== 'auto') return transport
    return (
      this.known ?? (this.failures % (SOCKETS_BEFORE_SSE + 1) === SOCKETS_BEFORE_SSE ? 'sse' : 'websocket')
    )
  }

  private abandon() {
    this.attempt++
    this.transport?.close()
    this.transport = undefined
  }

  private hold() {
    this.parts.commits.drop()
    this.parts.shapes.cut()
  }

  private resume() {
    this.parts.acknowledgements.passAll()
    this.parts.shapes.start(this.transport!)
  }

  private wait() {
    const least = 1000 * (this.error?.retryAfter ?? 0)
    const pause = pauseBefore(this.failures++, Math.random(), least)
    this.timer = setTimeout(() => this.dispatch('due'), pause)
  }

  /** What an attempt hears, as long as it is the one that counts. */
  private handlers(attempt: number): Handlers {
    const { shapes, commits, acknowledgements, sessions } = this.parts
    const now =
      <A extends unknown[]>(work: (...args: A) => void) =>
      (...args: A) => {
        if (attempt === this.attempt) work(...args)
      }

    return {
      change: now((told) => commits.change(told)),
      reset: now(({ path, subscription }) => shapes.reset(path, subscription)),
      synced: now((position, subscriptions) => {
        this.received()
        commits.synced(position, subscriptions)
      }),
      applied: now((tx) => {
        acknowledgements.pass(tx)
        commits.release()
      }),
      beat: now(() => acknowledgements.beat() && commits.release()),
      expiring: now(() => void sessions.renew().catch(() => undefined)),
      expired: now(() => this.expire()),
      lost: now((error) => {
        this.error = error
        if (isRachisError(error, 'INVALID_TOKEN')) this.expire()
        else this.dispatch('lost')
      })
    }
  }
}
