import { PRINCIPALS } from '../declare'
import type { Principal } from '../declare/declarations'
import { ApiError } from '../errors/errors'
import type { Realtime } from '../feed/consumers/realtime'
import type { Subscriber } from '../feed/subscriber'
import { Subscriptions } from '../feed/subscriptions'
import type { ConnectionEvent } from '../model/events'
import type { Audience } from '../rules/audience'
import type { CredentialFacts } from '../rules/identity'
import type { User } from '../rules/policy'
import { Expiry } from './expiry'
import type { FeathersConnection } from './feathers-connection'

/** What a transport does for one of its connections. */
export interface Endpoint extends Pick<Subscriber, 'send' | 'filters'> {
  /** Tells the connection of itself. */
  tell(event: ConnectionEvent, data: object): void
  /** Ends the connection in a way that its client comes back from. */
  close(): void
}
export interface Connection extends Subscriber, Endpoint {
  readonly connection: FeathersConnection
  user: User
  /** Its token expired: it hears nothing, and its calls are refused, until it signs in anew. */
  isOver?: boolean
}
export interface ConnectionRegistryOptions {
  readonly realtime: Realtime
  readonly audienceOf: (user: User) => Audience
  /** Seconds before its token expires in which a connection is told so. */
  readonly warning: number
  /** What a connection is signed in by. */
  readonly credentialOf: (authentication: object | undefined) => CredentialFacts
  /** Connections that one user may have signed in at once, in this process. */
  readonly maxPerUser: number
}
/** The connections of this process that hear of changes, of every transport: who they are, and what they listen to. */
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
   * @throws TOO_MANY_REQUESTS, which a handshake is told as its connect_error
   */
  admit(connection: object, user_id: number) {
    const { maxPerUser } = this.options
    const others = this.byIdentity.of(`${PRINCIPALS}/${user_id}`)
    if (others.size < maxPerUser || others.has(this.byConnection.get(connection as never)!)) return
    const message = `This user has ${maxPerUser} sockets signed in already, as many as may be: close some of them`
    throw new ApiError('TOO_MANY_REQUESTS', { message, headers: { 'Retry-After': '60' } })
  }

  /** A connection that hears all that happens from now on. */
  join(connection: FeathersConnection, endpoint: Endpoint): Connection {
    const member = this.add(connection, endpoint)
    this.realtime.join(member)
    if (member.user) this.onIdentity(member)

    return member
  }

  /** A connection that hears nothing yet. */
  add(connection: FeathersConnection, endpoint: Endpoint): Connection {
    const user = connection.user ?? null
    const member: Connection = { ...endpoint, connection, user, audience: this.options.audienceOf(user) }
    this.byConnection.set(connection, member)
    this.place(member)

    return member
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
    member.tell('token_expired', {})
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
