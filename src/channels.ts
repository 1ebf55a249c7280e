import { getServiceOptions } from '@feathersjs/feathers'
import type { Params } from '@feathersjs/feathers'
import { decode } from 'jsonwebtoken'
import type { Server, Socket } from 'socket.io'
import { Expiry } from './auth/expiry'
import type { Audience } from './compilers/audience'
import type { User } from './compilers/policy'
import { structureProblem } from './compilers/validator'
import type { Emit, Realtime, Subscriber } from './changes/consumers/realtime'
import { Subscriptions } from './changes/subscriptions'
import type { Application, Principal } from './declarations'
import { addressOf } from './endpoints/address'
import type { SocketHint } from './endpoints/socket-errors'
import { noSuchMethod, socketHint, wireError } from './endpoints/socket-errors'
import { ApiError, tooLarge } from './errors'

/** What Feathers keeps for a socket and copies into the params of each of its calls. */
interface Connection {
  /** Where the socket came from, by the same rule as a request. */
  address?: string
  user?: Principal
  authentication?: { strategy: string; accessToken?: string; id?: number; exp?: number }
}
export interface Member extends Subscriber {
  readonly connection: Connection
  user: User
  /** Its token expired: it hears nothing, and its calls are refused, until it signs in anew. */
  isOver?: boolean
}
export interface MembersOptions {
  readonly realtime: Realtime
  readonly audienceOf: (user: User) => Audience
  /** Tells one socket of itself. */
  readonly tell: (id: string, event: 'token_expiring' | 'token_expired', data: object) => void
  /** Seconds before its token expires in which a socket is told so. */
  readonly warning: number
}
type Ack = (error: unknown, result?: unknown) => void

/** The sockets of this process: who they are, and what they listen to. */
export class Members {
  private readonly byConnection = new Map<Connection, Member>()
  private readonly byIdentity = new Subscriptions<Member>()
  private readonly expiry: Expiry<Member>
  private readonly realtime: Realtime
  onIdentity: (member: Member) => void = () => {}

  constructor(private readonly options: MembersOptions) {
    const { realtime, warning, tell } = options
    this.realtime = realtime
    this.expiry = new Expiry({
      warning,
      onWarning: ({ id }, expires_in) => tell(id, 'token_expiring', { expires_in }),
      onEnd: (member) => this.end(member)
    })
  }

  join(connection: Connection, id: string) {
    const user = connection.user ?? null
    const member: Member = { id, connection, user, audience: this.options.audienceOf(user) }
    this.byConnection.set(connection, member)
    this.place(member)
    this.realtime.join(member)
    if (user) this.onIdentity(member)
  }

  /** Where changes of its user, of its session or of its key find a socket, and when its token or key ends. */
  private place(member: Member) {
    const { connection } = member
    const { user } = connection
    const { record, exp } = credentialOf(connection)
    const users = user ? [user.id, user.impersonator_id ?? []].flat().map((id) => `users/${id}`) : []
    this.byIdentity.set(member, user ? [...users, record] : [])
    if (user && exp) this.expiry.set(member, exp)
    else this.expiry.delete(member)
  }

  /** The connection stays, and keeps its token: so its calls are told that it is no good, and it can sign in anew. */
  private end(member: Member) {
    member.isOver = true
    member.user = null
    member.connection.user = undefined
    this.byIdentity.delete(member)
    this.realtime.leave(member)
    this.options.tell(member.id, 'token_expired', {})
  }

  /** After signing in: the client fetches what it now may see, so nothing is told of the difference. */
  refresh(connection: Connection) {
    const member = this.byConnection.get(connection)
    if (!member) return
    member.isOver = false
    member.user = connection.user ?? null
    member.audience = this.options.audienceOf(member.user)
    this.place(member)
    // With it goes what was still to be told to whom the connection stood for before.
    this.realtime.leave(member)
    this.realtime.join(member)
    this.onIdentity(member)
  }

  /** After a connection has dropped what it was signed in by: it is told what it may no longer see. */
  reconsider(connection: Connection) {
    const member = this.byConnection.get(connection)
    if (member) this.onIdentity(member)
  }

  leave(connection: Connection) {
    const member = this.byConnection.get(connection)
    if (!member) return
    this.byConnection.delete(connection)
    this.byIdentity.delete(member)
    this.expiry.delete(member)
    this.realtime.leave(member)
  }

  stop() {
    this.expiry.stop()
  }

  /** Whether anything may be told to it. */
  isConnected(subscriber: Subscriber): boolean {
    const { connection, isOver } = subscriber as Member
    return !isOver && this.byConnection.has(connection)
  }

  /** The sockets that are signed in as this user, in this session or by this key: `users/7`, `sessions/<id>`, `api_keys/7`. */
  concerned(record: string): Member[] {
    return [...this.byIdentity.of(record)]
  }

  all(): Member[] {
    return [...this.byConnection.values()]
  }

  /** Asks anew whom a socket stands for. One whose token or key is no longer good goes on as anonymous. */
  async identify(
    subscriber: Subscriber,
    userOf: (credential: object | undefined) => Promise<User>
  ): Promise<User> {
    const { connection } = subscriber as Member
    const credential = connection.authentication
    const user = await userOf(credential)
    // Somebody who signed in meanwhile must not be signed out by what is true of the credential before.
    if (credential !== connection.authentication || !this.isConnected(subscriber)) return user
    if (user) connection.user = user as Principal
    else Object.assign(connection, { user: undefined, authentication: undefined })
    this.place(subscriber as Member)

    return user
  }
}

/** The record behind a connection's token or key, and when it ends; either was verified when it signed in. */
const credentialOf = ({
  authentication = { strategy: '' }
}: Connection): { record: string; exp?: number } => {
  const { accessToken, id, exp } = authentication
  if (accessToken === undefined) return { record: `api_keys/${id}`, exp }
  const claims = (decode(accessToken) ?? {}) as { sid?: string; exp?: number }

  return { record: `sessions/${claims.sid}`, exp: claims.exp }
}

/** Socket.io encodes a broadcast once for all of its receivers; each socket is the only member of the room of its own id. */
export const emitter =
  (io: () => Server | undefined): Emit =>
  (ids, event, data, meta) => {
    io()
      ?.to(ids as string[])
      .emit(event, data, meta)
  }

const methodsOf = (app: Application): Set<string> =>
  new Set(
    Object.values(app.services).flatMap((service) => getServiceOptions(service as never).methods as string[])
  )

const problemOf = (
  [event, path, ...args]: unknown[],
  methods: ReadonlySet<string>,
  size: number,
  limit: number
): ApiError | undefined => {
  if (typeof event !== 'string' || !methods.has(event)) return noSuchMethod(String(event), methods)
  if (size > limit) return tooLarge(limit)
  if (typeof path !== 'string')
    return new ApiError('BAD_REQUEST', { message: 'The first argument is the name of a service' })
  const problem = structureProblem(args)

  return problem ? new ApiError('BAD_REQUEST', { message: `The arguments ${problem}` }) : undefined
}

/** Answers what Feathers would leave without an answer, or answer in another form: unknown methods, odd arguments, early errors. */
const guard = (socket: Socket, methods: ReadonlySet<string>, limit: number, hintFor: SocketHint) => {
  let size = 0
  socket.conn.on('packet', ({ data }: { data?: string | Buffer }) => (size = data?.length ?? 0))
  socket.use((packet, next) => {
    const last = packet.at(-1) as unknown
    const ack: Ack | undefined = typeof last === 'function' ? (last as Ack) : undefined
    if (ack)
      packet[packet.length - 1] = (error: unknown, result: unknown) =>
        ack(error ? wireError(error, (code) => hintFor(code, packet[1])) : null, result)
    const problem = problemOf(ack ? packet.slice(0, -1) : packet, methods, size, limit)
    if (problem) ack?.(wireError(problem))
    else next()
  })
}

/** Who joins, who leaves, and what a socket may send. Replaces Feathers' channels for declared resources. */
export const sockets = (app: Application, members: Members, whenReady: () => Promise<void>) => {
  const limit = app.get('body_limit')

  app.on('login', (_result: unknown, { connection }: Params) => connection && members.refresh(connection))
  app.on('logout', (result: { authentication: { strategy: string } }, { connection }: Params) =>
    // The end of a session is told by the feed; a key goes on elsewhere.
    connection && result.authentication.strategy === 'api_key' ? members.reconsider(connection) : undefined
  )
  app.on('disconnect', (connection: Connection) => members.leave(connection))

  return (io: Server) => {
    const methods = methodsOf(app)
    const hintFor = socketHint(app)
    io.use((socket, next) => {
      const { feathers } = socket as unknown as { feathers: Connection }
      feathers.address = addressOf(socket.request, app.get('trust_proxy'))
      next()
    })
    io.use((_socket, next) => void whenReady().then(() => next(), next))
    io.on('connection', (socket) => {
      guard(socket, methods, limit, hintFor)
      members.join((socket as unknown as { feathers: Connection }).feathers, socket.id)
    })
  }
}
