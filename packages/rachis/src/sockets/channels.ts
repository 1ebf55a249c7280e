import type { Params } from '@feathersjs/feathers'
import type { Server } from 'socket.io'
import { Expiry } from './expiry'
import type { ConnectionEvent } from '../model/events'
import type { Audience } from '../rules/audience'
import type { User } from '../rules/policy'
import type { Realtime } from '../feed/consumers/realtime'
import { Subscriptions } from '../feed/subscriptions'
import type { Application, Principal } from '../declare/declarations'
import { PRINCIPALS } from '../declare'
import type { CredentialFacts } from '../rules/identity'
import { addressOf } from '../util/address'
import { ApiError } from '../errors/errors'
import { guard, methodsOf } from './socket-guard'
import { connectionOf } from './feathers-connection'
import type { FeathersConnection } from './feathers-connection'
import { socketCalls } from './socket-calls'
import { limitBacklog, terminate } from './slow-readers'
import type { SocketBounds } from './socket-bounds'
import type { Packet, Subscriber } from '../feed/subscriber'

export interface Connection extends Subscriber {
  /** Of the socket. */
  readonly id: string
  readonly connection: FeathersConnection
  user: User
  /** Its token expired: it hears nothing, and its calls are refused, until it signs in anew. */
  isOver?: boolean
}
export interface ConnectionRegistryOptions {
  readonly realtime: Realtime
  readonly audienceOf: (user: User) => Audience
  /** What sends packets to the socket of this id. */
  readonly sender: (id: string) => (packet: Packet) => void
  /** Tells one socket of itself. */
  readonly tell: (id: string, event: ConnectionEvent, data: object) => void
  /** Seconds before its token expires in which a socket is told so. */
  readonly warning: number
  /** What a connection is signed in by. */
  readonly credentialOf: (authentication: object | undefined) => CredentialFacts
  /** Sockets that one user may have signed in at once, in this process. */
  readonly maxPerUser: number
}
type Ended = { user?: object }

/** The sockets of this process: who they are, and what they listen to. */
export class ConnectionRegistry {
  private readonly byConnection = new Map<FeathersConnection, Connection>()
  private readonly byIdentity = new Subscriptions<Connection>()
  private readonly expiry: Expiry<Connection>
  private readonly realtime: Realtime
  onIdentity: (member: Connection) => void = () => {}

  constructor(private readonly options: ConnectionRegistryOptions) {
    const { realtime, warning, tell } = options
    this.realtime = realtime
    this.expiry = new Expiry({
      warning,
      onWarning: ({ id }, expires_in) => tell(id, 'token_expiring', { expires_in }),
      onEnd: (member) => this.end(member)
    })
  }

  /**
   * Lets a connection sign in as this user, unless too many are.
   *
   * @throws TOO_MANY_REQUESTS, which a handshake is told as its connect_error
   */
  admit(connection: object, user_id: number) {
    const { maxPerUser } = this.options
    const others = this.byIdentity.of(`${PRINCIPALS}/${user_id}`)
    if (others.size < maxPerUser || others.has(this.byConnection.get(connection as never)!)) return
    const message = `This user has ${maxPerUser} sockets signed in already, as many as may be: close some of them`
    throw new ApiError('TOO_MANY_REQUESTS', { message, headers: { 'Retry-After': '60' } })
  }

  join(connection: FeathersConnection, id: string) {
    const user = connection.user ?? null
    const { audienceOf, sender } = this.options
    const member: Connection = { id, connection, user, audience: audienceOf(user), send: sender(id) }
    this.byConnection.set(connection, member)
    this.place(member)
    this.realtime.join(member)
    if (user) this.onIdentity(member)
  }

  /** Where changes of its user, of its session or of its key find a socket, and when its token or key ends. */
  private place(member: Connection) {
    const { connection } = member
    const { user } = connection
    const { record, exp } = this.options.credentialOf(connection.authentication)
    const users = user ? [user.id, user.impersonator_id ?? []].flat().map((id) => `${PRINCIPALS}/${id}`) : []
    if (user) this.byIdentity.set(member, [...users, record])
    else this.byIdentity.delete(member)
    if (user && exp) this.expiry.set(member, exp)
    else this.expiry.delete(member)
  }

  /** The connection stays, and keeps its token: so its calls are told that it is no good, and it can sign in anew. */
  private end(member: Connection) {
    member.isOver = true
    member.user = null
    member.connection.user = undefined
    this.byIdentity.delete(member)
    this.realtime.leave(member)
    this.options.tell(member.id, 'token_expired', {})
  }

  /** After signing in: the client fetches what it now may see, so nothing is told of the difference. */
  refresh(connection: FeathersConnection) {
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

  /** After a connection has dropped what it was signed in by: it is told what it may no longer see, or begins anew as anybody. */
  signOut(connection: FeathersConnection) {
    const member = this.byConnection.get(connection)
    if (member?.isOver) this.refresh(connection)
    else if (member) this.onIdentity(member)
  }

  leave(connection: FeathersConnection) {
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
    const { connection, isOver } = subscriber as Connection
    return !isOver && this.byConnection.has(connection)
  }

  /** The sockets that are signed in as this user, or by a credential of this record, such as `sessions/<id>`. */
  connectionsOf(record: string): Connection[] {
    return [...this.byIdentity.of(record)]
  }

  /** How many sockets are signed in. */
  get signedIn(): number {
    return this.byIdentity.size
  }

  /** Id of its socket. */
  idOf(subscriber: Subscriber): string {
    return (subscriber as Connection).id
  }

  all(): Connection[] {
    return [...this.byConnection.values()]
  }

  /** What a socket is signed in by: equal for sockets that are signed in by the same. */
  credential(subscriber: Subscriber): string {
    return this.options.credentialOf((subscriber as Connection).connection.authentication).name
  }

  /** Asks anew whom sockets with the same credential stand for. Those whose token or key is no longer good go on as anonymous. */
  async identify(
    subscribers: readonly Subscriber[],
    userOf: (credential: object | undefined) => Promise<User>
  ): Promise<{ user: User; holdsOf: ReadonlySet<Connection> }> {
    const asked = (subscribers as readonly Connection[]).map((member) => ({
      member,
      credential: member.connection.authentication,
      name: this.credential(member)
    }))
    const user = await userOf(asked[0]?.credential)
    const holdsOf = new Set<Connection>()
    for (const { member, credential, name } of asked) {
      const { connection } = member
      // Somebody who signed in meanwhile must not be signed out by what is true of the credential before.
      if (name !== asked[0]!.name || credential !== connection.authentication || !this.isConnected(member))
        continue
      holdsOf.add(member)
      if (user) connection.user = user as Principal
      else Object.assign(connection, { user: undefined, authentication: undefined })
      this.place(member)
    }

    return { user, holdsOf }
  }
}

/** Who joins, who leaves, and what a socket may send. Replaces Feathers' channels for declared resources. */
export const sockets = (
  app: Application,
  members: ConnectionRegistry,
  bounds: SocketBounds,
  whenReady: () => Promise<void>
) => {
  app.on('login', (_result: unknown, { connection }: Params) => connection && members.refresh(connection))
  app.on('logout', ({ user }: Ended, { connection }: Params) => {
    // The feed reports the end of a credential; one that was over before it was signed out of has no user.
    if (connection && !user) members.signOut(connection)
  })
  app.on('disconnect', (connection: FeathersConnection) => members.leave(connection))

  return (io: Server) => {
    const methods = methodsOf(app)
    const answerCalls = socketCalls(app, app.get('engine').models, app.get('call'))
    const onCut = () => app.get('logger').warn('A socket that sent too much at once was cut')
    if (io.engine as unknown) bounds.watch(io.engine, onCut) // The command line has none.
    io.use((socket, next) => {
      connectionOf(socket).address = addressOf(socket.request, app.get('trust_proxy'))
      next()
    })
    io.use((_socket, next) => void whenReady().then(() => next(), next))
    io.use((socket, next) => {
      const { user } = connectionOf(socket)
      next(bounds.refusalOf(socket.request, user !== undefined, members.signedIn))
    })
    io.on('connection', (socket) => {
      guard(socket, app, methods, onCut)
      answerCalls(socket)
      limitBacklog(socket, app.get('sockets').buffer_limit, (bytes) => {
        app.get('logger').warn({ bytes }, 'A socket that does not read was cut')
        terminate(socket)
      })
      members.join(connectionOf(socket), socket.id)
    })
  }
}
