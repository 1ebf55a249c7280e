import type { Principal } from '../declare/declarations'
import { ApiError } from '../errors/errors'
import type { Asking } from '../feed/asking'
import { standFor } from '../feed/asking'
import type { Realtime } from '../feed/consumers/realtime'
import type { Subscriber } from '../feed/subscriber'
import { Subscriptions } from '../feed/subscriptions'
import type { ConnectionEvent } from '../model/events'
import type { Audience } from '../rules/audience'
import type { CredentialFacts } from '../rules/identity'
import { recordOfUser } from '../rules/memberships'
import type { User } from '../rules/policy'
import { Expiry } from './expiry'
import type { FeathersConnection } from './feathers-connection'

/** What a transport does for one of its connections. */
export interface Endpoint extends Pick<Subscriber, 'send'> {
  /** What it asks for; by default all that it may read. */
  asks?: Asking
  /** Sends an event about the connection itself. */
  tell(event: ConnectionEvent, data: object): void
  /** Ends the connection in a way that makes its client reconnect. */
  close(): void
  /** Resolves once the client has taken what it was sent; by default it always has. */
  drained?(): Promise<void>
}
export interface Connection extends Endpoint, Omit<Subscriber, 'asks'> {
  readonly connection: FeathersConnection
  user: User
  /** Its token has expired. It receives nothing and its calls are refused until it signs in again. */
  isOver?: boolean
  /** Called once it has signed in, in place of joining: what it missed is sent first. */
  onSignIn?: () => void
}
export interface ConnectionRegistryOptions {
  readonly realtime: Realtime
  readonly audienceOf: (user: User) => Audience
  /** How many seconds before its token expires a connection is warned. */
  readonly warning: number
  /** The facts of the credential that a connection signed in with. */
  readonly credentialOf: (authentication: object | undefined) => CredentialFacts
  /** The number of connections that one user may have signed in at once in this process. */
  readonly maxPerUser: number
}
/** The connections of this process, of every transport, that receive changes: whom they stand for and what they listen to. */
export class ConnectionRegistry {
  private readonly byConnection = new Map<FeathersConnection, Connection>()
  private readonly byIdentity = new Subscriptions<Connection>()
  private readonly expiry: Expiry<Connection>
  private readonly realtime: Realtime
  onIdentity: (member: Connection) => void = () => {}

  constructor(private readonly options: ConnectionRegistryOptions) {
    const { realtime, warning } = options
    this.realtime = realtime
    this.expiry = new Expiry({
      warning,
      onWarning: (member, expires_in) => member.tell('token_expiring', { expires_in }),
      onEnd: (member) => this.end(member)
    })
  }

  /**
   * Lets a connection sign in as this user, unless too many are.
   *
   * @throws {ApiError} TOO_MANY_REQUESTS; a handshake receives it as its connect_error
   */
  admit(connection: object, user_id: number) {
    const { maxPerUser } = this.options
    const others = this.byIdentity.of(recordOfUser(user_id))
    if (others.size < maxPerUser || others.has(this.byConnection.get(connection as never)!)) return
    const message = `This user has ${maxPerUser} sockets signed in already, as many as may be: close some of them`
    throw new ApiError('TOO_MANY_REQUESTS', { message, headers: { 'Retry-After': '60' } })
  }

  /** Adds a connection that receives everything that happens from now on. */
  join(connection: FeathersConnection, endpoint: Endpoint): Connection {
    const member = this.add(connection, endpoint)
    this.realtime.join(member)
    if (member.user) this.onIdentity(member)

    return member
  }

  /** Adds a connection that receives nothing yet. */
  add(connection: FeathersConnection, endpoint: Endpoint): Connection {
    const user = connection.user ?? null
    const member: Connection = { ...endpoint, connection, user, audience: this.options.audienceOf(user) }
    this.byConnection.set(connection, member)
    this.place(member)

    return member
  }

  /** Indexes a connection by its user, session or key, so that their changes find it, and notes when its credential expires. */
  private place(member: Connection) {
    const { connection } = member
    const { user } = connection
    const { record, exp } = this.options.credentialOf(connection.authentication)
    const users = user ? [user.id, user.impersonator_id ?? []].flat().map(recordOfUser) : []
    if (user) this.byIdentity.set(member, [...users, record])
    else this.byIdentity.delete(member)
    if (user && exp) this.expiry.set(member, exp)
    else this.expiry.delete(member)
  }

  /** The connection stays open and keeps its token: its calls are refused with the right error, and it can sign in again. */
  private end(member: Connection) {
    member.isOver = true
    member.user = null
    member.connection.user = undefined
    this.byIdentity.delete(member)
    this.realtime.leave(member)
    member.tell('token_expired', {})
  }

  /** Called after signing in. The client then fetches what it may see, so the difference is not sent. */
  refresh(connection: FeathersConnection) {
    const member = this.byConnection.get(connection)
    if (!member) return
    const before = (member.user as Principal | null)?.id
    if (before !== undefined && before === connection.user?.id && this.realtime.held(member))
      return this.renew(member)
    member.isOver = false
    standFor(member, connection.user ?? null, this.realtime.lanes.position)
    member.audience = this.options.audienceOf(member.user)
    this.place(member)
    // Leaving also drops what was kept for the user that the connection stood for before.
    this.realtime.leave(member)
    if (member.onSignIn) return member.onSignIn()
    this.realtime.join(member)
    this.onIdentity(member)
  }

  /** A new token for the same user, while its rights are looked up or what it missed is sent: that goes on, and is told by the rights of then. */
  private renew(member: Connection) {
    this.place(member)
    this.onIdentity(member)
  }

  /** Called after a connection has dropped its credential: it is sent the loss of what it may no longer see. */
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

  /** What is known of a connection; undefined once it is closed. */
  at(connection: object): Connection | undefined {
    return this.byConnection.get(connection as FeathersConnection)
  }

  /** Whether events may be sent to it. */
  isConnected(subscriber: Subscriber): boolean {
    const { connection, isOver } = subscriber as Connection
    return !isOver && this.byConnection.has(connection)
  }

  /** The connections that are signed in as this user, or by a credential of this record, such as `sessions/<id>`. */
  connectionsOf(record: string): Connection[] {
    return [...this.byIdentity.of(record)]
  }

  /** The number of connections that are signed in. */
  get signedIn(): number {
    return this.byIdentity.size
  }

  all(): Connection[] {
    return [...this.byConnection.values()]
  }

  /** The name of the credential that a connection is signed in with; connections with the same credential have the same name. */
  credential(subscriber: Subscriber): string {
    return this.options.credentialOf((subscriber as Connection).connection.authentication).name
  }

  /** Looks up again whom connections with the same credential stand for. Where the credential is no longer valid they go on as anonymous. */
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
      // A connection that signed in with another credential meanwhile must not be signed out by this result.
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
