import type { IncomingMessage, ServerResponse } from 'http'
import { AuthenticationService } from '@feathersjs/authentication'
import type {
  AuthenticationParams,
  AuthenticationRequest,
  AuthenticationResult
} from '@feathersjs/authentication'
import type { Params } from '@feathersjs/feathers'
import jwt from 'jsonwebtoken'
import type { JwtPayload } from 'jsonwebtoken'
import { callerOf, recordSecurity } from './security'
import type { LookUps, On } from './look-ups'
import type { RevokeOptions, Subject } from './sessions'
import { Sessions } from './sessions'
import type { Claims } from './tokens'
import { ISSUER, Tokens } from './tokens'
import type { Application, Principal } from '../declare/declarations'
import { addressOf } from '../util/address'
import { ApiError } from '../errors/errors'
import { errors } from './errors'
import type { SessionCache } from './consumers/sessions'

/** What the session says of whoever is signed in by it. */
interface SessionFacts {
  readonly id?: string
  readonly mfa_at: string | null
  readonly impersonator_id: number | null
}

const NO_FACTS: SessionFacts = { mfa_at: null, impersonator_id: null }

const invalidToken = (cause?: unknown) => new ApiError(errors.INVALID_TOKEN, { cause })

/**
 * Feathers' authentication service with sessions: an access token names its session, a refresh token its generation as well.
 * `POST /auth/login` and `authentication` are two doors to this one implementation.
 */
export class SessionAuthentication extends AuthenticationService {
  readonly tokens: Tokens
  private readonly store: Sessions
  /** Where a handshake came from that brought this: Feathers signs a socket in before it knows of it. */
  private readonly handshakes = new WeakMap<object, string>()

  constructor(
    override readonly app: Application,
    readonly sessions: SessionCache,
    /** How what a principal is made of is looked up. */
    readonly lookUps: (on: On) => LookUps
  ) {
    super(app, 'authentication', {
      secret: app.get('secret_key'),
      entity: 'user',
      service: 'users',
      authStrategies: ['jwt', 'local', 'api_key'],
      // A key first: it refuses what comes with a token as well.
      parseStrategies: ['api_key', 'jwt', 'cookie'],
      jwtOptions: { issuer: ISSUER, audience: ISSUER },
      jwt: {},
      local: { usernameField: 'email', passwordField: 'password' }
    })
    this.tokens = new Tokens({ secret_key: app.get('secret_key'), ...app.get('auth') })
    this.store = new Sessions(app, this.tokens)
  }

  override async parse(req: IncomingMessage, res: ServerResponse, ...names: string[]) {
    const authentication = await super.parse(req, res, ...names)
    const { headers, address: remoteAddress } = req as IncomingMessage & { address?: string }
    if (authentication && remoteAddress !== undefined) {
      const handshake = { headers, socket: { remoteAddress } } as IncomingMessage
      this.handshakes.set(authentication, addressOf(handshake, this.app.get('trust_proxy')))
    }

    return authentication
  }

  override async verifyAccessToken(token: string): Promise<Claims> {
    return this.tokens.verify(token, 'access')
  }

  /** The user of a token that was verified a moment ago. A key is not among these, since its use is noted each time. */
  known(credential: object): Principal | undefined {
    const { strategy, accessToken } = credential as AuthenticationRequest
    if (strategy !== 'jwt' || typeof accessToken !== 'string') return undefined

    return this.sessions.get(strategy, accessToken)?.user as Principal | undefined
  }

  override async authenticate(
    authentication: AuthenticationRequest,
    params: AuthenticationParams,
    ...allowed: string[]
  ) {
    if (!allowed.includes(authentication?.strategy ?? ''))
      throw new ApiError('NOT_AUTHENTICATED', { message: `strategy must be ${allowed.join(' or ')}` })

    return super.authenticate(authentication, params, ...allowed)
  }

  /** Signing in with a password opens a session; with a token it stays in the token's, and with a key there is none. */
  override async create(
    data: AuthenticationRequest,
    given: AuthenticationParams
  ): Promise<AuthenticationResult> {
    const { authStrategies = [] } = this.configuration
    const address = this.handshakes.get(data)
    const params = address === undefined ? given : { ...given, address }
    const result = await this.authenticate(data, params, ...authStrategies)
    // One socket more than a user may have is refused.
    if (params.connection)
      this.app.get('engine').members.admit(params.connection, (result.user as Principal).id)
    if (data.strategy !== 'local') return result

    const { id, email } = result.user as Principal
    const session = await this.open({ id, mfa_at: result.mfa_at as string | null }, params)
    const details = { strategy: data.strategy! }
    await recordSecurity(this.app, 'login_succeeded', { ...callerOf(params), user_id: id, email, details })

    return { ...result, ...session }
  }

  /** A new session with its two tokens, in the form of Feathers' own answer. */
  async open(subject: Subject, params: Params = {}) {
    const pair = await this.store.open(subject, params)
    const payload = jwt.decode(pair.accessToken) as JwtPayload

    return { ...pair, authentication: { strategy: 'local', payload } }
  }

  /** An access token with which an administrator acts as this user for a while. RFC 8693. */
  openAs(user_id: number, impersonator_id: number, params: Params): Promise<string> {
    return this.store.openAs(user_id, impersonator_id, params)
  }

  /** Ends the session of the token that the call came with. A key has none: its socket is signed out, and the key stays. */
  override async remove(id: string | null, params: AuthenticationParams): Promise<AuthenticationResult> {
    const { authentication } = params
    if (!authentication) throw new ApiError('NOT_AUTHENTICATED')
    if (id !== null && id !== authentication.accessToken) throw invalidToken()
    if (params.connection && authentication.strategy === 'api_key')
      return this.authenticate(authentication, params, 'api_key')
    const isOver = params.connection && (await this.isOver(authentication, params))
    if (isOver) return this.leave(authentication.accessToken as string)
    const result = await this.authenticate(authentication, params, 'jwt')
    await this.revoke((result.authentication.payload as Claims).sid)
    const { id: user_id, email } = result.user as Principal
    await recordSecurity(this.app, 'logged_out', { ...callerOf(params), user_id, email })

    return result
  }

  private async isOver(
    authentication: AuthenticationRequest,
    params: AuthenticationParams
  ): Promise<boolean> {
    return this.authenticate(authentication, params, 'jwt').then(
      () => false,
      (error: ApiError) => {
        if (error.code !== 401) throw error
        return true
      }
    )
  }

  /**
   * Signs out a socket whose token has expired, so that it reads on as anybody may. Its session, which could still be renewed, ends
   * as well; a token that was never ours ends none.
   */
  private async leave(accessToken: string): Promise<AuthenticationResult> {
    try {
      await this.revoke(this.tokens.verify(accessToken, 'access', { ignoreExpiration: true }).sid)
    } catch (error) {
      if ((error as ApiError).code !== 401) throw error
    }

    return { accessToken, authentication: { strategy: 'jwt' } }
  }

  /** The session's tokens stop working: here at once, on other processes as soon as the feed says so. */
  async revoke(sid: string) {
    await this.store.revoke(sid)
    this.sessions.dropRecord(`sessions/${sid}`)
  }

  /**
   * Ends the sessions of a user, all but the one named. Within a transaction pass its `knex`: nothing ends before the commit.
   *
   * @example await authentication.revokeAll(user.id, { except: sid }) // 3
   */
  async revokeAll(user_id: number, options?: RevokeOptions): Promise<number> {
    const revoked = await this.store.revokeAll(user_id, options)
    this.sessions.dropUser(user_id)

    return revoked
  }

  /** A new pair of tokens for a refresh token, which is spent by it. */
  async refresh(token: unknown, params?: Params) {
    const claims = this.tokens.verify(token, 'refresh')
    const user = await this.userOf(Number(claims.sub))

    return { user, ...(await this.store.refresh(claims, params)) }
  }

  /** The user as rules see them: with what they belong to, and what their session says. */
  async principalOf(id: number, { id: session_id, mfa_at, impersonator_id } = NO_FACTS, on: On = {}) {
    const user = await this.userOf(id, on)
    const memberships = await this.lookUps(on).memberships(id)
    const facts = { session_id, mfa: mfa_at !== null, impersonator_id }

    return { ...user, ...memberships, ...facts } as typeof user & Principal
  }

  /** @throws {ApiError} INVALID_TOKEN for a user who is gone or switched off */
  async userOf(id: number, on: On = {}) {
    const user = await this.lookUps(on).user(id)
    if (!user?.is_active) throw invalidToken()

    return user
  }
}

/** The service that `identity` of the module has registered. */
export const authenticationOf = (app: Application): SessionAuthentication =>
  app.service('authentication' as never) as unknown as SessionAuthentication
