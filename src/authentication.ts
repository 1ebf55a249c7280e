import { createSecretKey } from 'crypto'
import type { KeyObject } from 'crypto'
import { AuthenticationService } from '@feathersjs/authentication'
import type {
  AuthenticationParams,
  AuthenticationRequest,
  AuthenticationResult
} from '@feathersjs/authentication'
import jwt from 'jsonwebtoken'
import type { JwtPayload, SignOptions, VerifyOptions } from 'jsonwebtoken'
import { callerOf, recordSecurity } from './auth/security'
import type { Application, Principal } from './declarations'
import { ApiError } from './errors'
import type { Membership } from './compilers/memberships'
import type { SessionCache } from './changes/consumers/sessions'
import { PasswordStrategy, SessionStrategy } from './strategies'

const ISSUER = 'rachis'
const ALGORITHM = 'HS256'
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
export type Kind = 'access' | 'refresh'
interface Claims extends JwtPayload {
  sub: string
  sid: string
  kind: Kind
  gen?: number
}

const invalidToken = (cause?: unknown) => new ApiError('INVALID_TOKEN', { cause })
/** Undefined where there is no such record. That the database cannot be asked says nothing of the record. */
const orNothing = (error: ApiError): undefined => {
  if (error.errorCode !== 'NOT_FOUND') throw error
}

/**
 * Feathers' authentication service with sessions: an access token names its session, a refresh token its generation as well.
 * `POST /auth/login` and `authentication` are two doors to this one implementation.
 */
export class SessionAuthentication extends AuthenticationService {
  // jsonwebtoken takes a string for a public key first, and fails, which costs 50 times the check of the token itself.
  private readonly key: KeyObject

  constructor(
    override readonly app: Application,
    readonly sessions: SessionCache,
    private readonly memberships: readonly Membership[]
  ) {
    super(app, 'authentication', {
      secret: app.get('secret_key'),
      entity: 'user',
      service: 'users',
      authStrategies: ['jwt', 'local'],
      parseStrategies: ['jwt'],
      jwtOptions: { issuer: ISSUER, audience: ISSUER, algorithm: ALGORITHM },
      jwt: {},
      local: { usernameField: 'email', passwordField: 'password', hashSize: app.get('auth').bcrypt_cost }
    })
    this.key = createSecretKey(Buffer.from(app.get('secret_key')))
  }

  sign(kind: Kind, user_id: number, sid: string, gen?: number): string {
    const { access_ttl, refresh_ttl } = this.app.get('auth')
    const options: SignOptions = {
      algorithm: ALGORITHM,
      issuer: ISSUER,
      audience: ISSUER,
      subject: String(user_id),
      expiresIn: kind === 'access' ? access_ttl : refresh_ttl
    }

    return jwt.sign({ sid, kind, ...(gen === undefined ? {} : { gen }) }, this.key, options)
  }

  /** @throws INVALID_TOKEN for one that is forged, expired, of another kind, or not a token at all */
  verify(token: unknown, kind: Kind): Claims {
    if (typeof token !== 'string' || token.length > 4096) throw invalidToken()
    const options: VerifyOptions = { algorithms: [ALGORITHM], issuer: ISSUER, audience: ISSUER }
    let claims: Claims
    try {
      claims = jwt.verify(token, this.key, options) as Claims
    } catch (error) {
      throw invalidToken(error)
    }
    const isOurs =
      claims.kind === kind &&
      UUID.test(claims.sid) &&
      typeof claims.exp === 'number' &&
      /^\d+$/.test(claims.sub) &&
      (kind === 'access' || Number.isInteger(claims.gen))
    if (!isOurs) throw invalidToken()

    return claims
  }

  override async verifyAccessToken(token: string): Promise<Claims> {
    return this.verify(token, 'access')
  }

  override async authenticate(
    authentication: AuthenticationRequest,
    params: AuthenticationParams,
    ...allowed: string[]
  ) {
    if (!allowed.includes(authentication?.strategy ?? ''))
      throw new ApiError('NOT_AUTHENTICATED', { message: 'strategy must be local or jwt' })

    return super.authenticate(authentication, params, ...allowed)
  }

  /** Signing in with a password opens a session; signing in with a token stays in the token's. */
  override async create(
    data: AuthenticationRequest,
    params: AuthenticationParams
  ): Promise<AuthenticationResult> {
    const { authStrategies = [] } = this.configuration
    const result = await this.authenticate(data, params, ...authStrategies)
    if (result.accessToken) return result

    const session = await this.open(result.user as Principal)
    const { id, email } = result.user as Principal
    const details = { strategy: data.strategy! }
    await recordSecurity(this.app, 'login_succeeded', { ...callerOf(params), user_id: id, email, details })

    return { ...result, ...session }
  }

  /** A new session with its two tokens, in the form of Feathers' own answer. */
  async open({ id }: Pick<Principal, 'id'>) {
    const expires_at = new Date(Date.now() + this.app.get('auth').refresh_ttl * 1000).toISOString()
    const session = await this.app.service('sessions').create({ user_id: id, expires_at })
    const accessToken = this.sign('access', id, session.id)

    return {
      accessToken,
      refresh_token: this.sign('refresh', id, session.id, 0),
      authentication: { strategy: 'local', payload: jwt.decode(accessToken) as JwtPayload }
    }
  }

  /** Ends the session of the token that the call came with. */
  override async remove(id: string | null, params: AuthenticationParams): Promise<AuthenticationResult> {
    const { authentication } = params
    if (!authentication) throw new ApiError('NOT_AUTHENTICATED')
    if (id !== null && id !== authentication.accessToken) throw invalidToken()
    const result = await this.authenticate(authentication, params, 'jwt')
    await this.revoke((result.authentication.payload as Claims).sid)
    const { id: user_id, email } = result.user as Principal
    await recordSecurity(this.app, 'logged_out', { ...callerOf(params), user_id, email })

    return result
  }

  /** The session's tokens stop working: here at once, on other processes as soon as the feed says so. */
  async revoke(sid: string) {
    await this.app.service('sessions').patch(sid, { revoked_at: new Date().toISOString() })
    this.sessions.dropSession(sid)
  }

  /**
   * A new pair of tokens for a refresh token, which is spent by it. One that was spent before has been stolen or copied: its
   * session is revoked. RFC 9700, section 4.14.2.
   */
  async refresh(token: unknown) {
    const { sid, sub, gen } = this.verify(token, 'refresh') as Claims & { gen: number }
    const service = this.app.service('sessions')
    const known = await service.get(sid).catch(orNothing)
    if (!known || known.revoked_at || known.expires_at < new Date().toISOString()) throw invalidToken()
    const user = await this.userOf(Number(sub))
    const generation = gen + 1
    const rotated = await service.patch(sid, { generation }, { query: { generation: gen } }).catch(orNothing)
    if (!rotated) {
      await this.revoke(sid)
      throw invalidToken()
    }

    return {
      user,
      accessToken: this.sign('access', user.id, sid),
      refresh_token: this.sign('refresh', user.id, sid, generation)
    }
  }

  /** The user as rules see him: with what he belongs to. */
  async principalOf(id: number) {
    const user = await this.userOf(id)
    const knex = this.app.get('postgresqlClient')
    const ids = this.memberships.map(async ({ property, sql }) => {
      const { rows } = await knex.raw<{ rows: { id: number }[] }>(sql, [id])
      return [property, rows.map((row) => row.id)] as const
    })

    return { ...user, ...Object.fromEntries(await Promise.all(ids)) } as typeof user & Principal
  }

  /** @throws INVALID_TOKEN for a user who is gone or switched off */
  async userOf(id: number) {
    const user = await this.app
      .service('users')
      .get(id)
      .catch((error: ApiError) => {
        throw error.errorCode === 'NOT_FOUND' ? invalidToken() : error
      })
    if (!user.is_active) throw invalidToken()

    return user
  }
}

export const authentication = (
  app: Application,
  sessions: SessionCache,
  memberships: readonly Membership[]
) => {
  const service = new SessionAuthentication(app, sessions, memberships)
  service.register('jwt', new SessionStrategy())
  service.register('local', new PasswordStrategy())
  app.use('authentication' as never, service as never, { methods: ['create', 'remove'] })

  return service
}
