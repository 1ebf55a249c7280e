import { JWTStrategy } from '@feathersjs/authentication'
import type { AuthenticationRequest, AuthenticationResult, ConnectionEvent } from '@feathersjs/authentication'
import { LocalStrategy } from '@feathersjs/authentication-local'
import type { Params } from '@feathersjs/feathers'
import { countPassword } from './limits'
import { secondStep } from './mfa'
import { principalOfSession } from './principals'
import { callerOf, recordSecurity } from './security'
import type { Claims } from './tokens'
import type { SessionAuthentication } from './authentication'
import { onOf } from './look-ups'
import type { TokenResult } from './consumers/sessions'
import { ApiError } from '../errors/errors'
import { errors } from './errors'
import { emailOf } from '../declare'

const invalidToken = () => new ApiError(errors.INVALID_TOKEN)
const invalidLogin = () => new ApiError(errors.INVALID_LOGIN)

/** Access tokens, with the verified ones and their users kept for seconds: dropped by the feed when either changes. */
export class SessionStrategy extends JWTStrategy {
  override async authenticate(authentication: AuthenticationRequest, params: Params): Promise<TokenResult> {
    const service = this.authentication as SessionAuthentication
    const accessToken = authentication.accessToken as string
    const known = service.sessions.get('jwt', accessToken)
    if (known) return known as TokenResult
    const payload = service.tokens.verify(accessToken, 'access')

    return service.app.get('shares').signIn(params, () => this.look(service, accessToken, payload, params))
  }

  private async look(
    service: SessionAuthentication,
    accessToken: string,
    payload: Claims,
    params: Params
  ): Promise<TokenResult> {
    const begun = service.sessions.begin()
    const { session, user } = await principalOfSession(service, payload.sid, onOf(params))
    const actor = session.impersonator_id === null ? undefined : String(session.impersonator_id)
    if (String(session.user_id) !== payload.sub || actor !== payload.act?.sub) throw invalidToken()
    const result: TokenResult = {
      accessToken,
      authentication: { strategy: 'jwt', accessToken, payload },
      user
    }
    const expires = (payload.exp ?? 0) * 1000
    service.sessions.put(accessToken, result, { record: `sessions/${payload.sid}`, expires, begun })

    return result
  }

  /** Feathers ends a connection when its token ends, by a timer each. Here it stays and can sign in anew: see `Members`. */
  override async handleConnection(
    event: ConnectionEvent,
    connection: { authentication?: object; user?: unknown },
    result?: AuthenticationResult
  ): Promise<void> {
    const { accessToken } = (connection.authentication ?? {}) as { accessToken?: string }
    if (event === 'login' && result?.accessToken) {
      connection.authentication = { strategy: this.name, accessToken: result.accessToken as string }
      connection.user = result.user
    } else if (event === 'disconnect' || (event === 'logout' && accessToken === result?.accessToken)) {
      delete connection.user
      delete connection.authentication
    }
  }
}

interface TokenRow {
  readonly id: number
  readonly password: string | null
  readonly is_active: boolean
  readonly is_verified: boolean
}

/** Email and password, by the same way and in the same time whether the email is known or not. */
export class PasswordStrategy extends LocalStrategy {
  override async authenticate(data: AuthenticationRequest, params: Params) {
    const { email, password } = data as { email?: unknown; password?: unknown }
    if (typeof email !== 'string' || typeof password !== 'string') throw invalidLogin()
    const service = this.authentication as SessionAuthentication
    const wasRight = await countPassword(service.app, email, params)
    const { address } = callerOf(params)
    const user = await this.find(email)
    const isRight = await service.app
      .get('passwords')
      .verify(password, user?.password, address)
      .catch(async (error: unknown) => {
        // It was not looked at, so it was no attempt.
        await wasRight()
        throw error
      })
    if (!user || !isRight || !user.is_active) throw await this.refusal(email, user, isRight, params)
    await wasRight()
    await this.strengthen(service, user, password)
    // Only somebody who knows the password learns this.
    if (service.app.get('auth').require_verified_email && !user.is_verified)
      throw new ApiError(errors.EMAIL_NOT_VERIFIED)
    const last_login = new Date().toISOString()
    const mfa_at = (await secondStep(service.app, user.id, data.code, params)) ? last_login : null
    await service.app.service('users').patch(user.id, { last_login } as object)

    const facts = { mfa_at, impersonator_id: null }
    return {
      authentication: { strategy: this.name! },
      user: await service.principalOf(user.id, facts),
      mfa_at
    }
  }

  private async refusal(email: string, user: TokenRow | undefined, isRight: boolean, params: Params) {
    const { app } = this.authentication as SessionAuthentication
    const details = { strategy: 'local', reason: user ? (isRight ? 'inactive' : 'password') : 'unknown' }
    const facts = { ...callerOf(params), user_id: user?.id, details }
    // What is no address may well be a password in the wrong field.
    await recordSecurity(app, 'login_failed', email.includes('@') ? { ...facts, email } : facts)

    return invalidLogin()
  }

  private async find(text: string): Promise<TokenRow | undefined> {
    const { app } = this.authentication as SessionAuthentication
    const email = emailOf(text)
    if (!email) return undefined

    return app
      .get('postgresqlClient')('users')
      .where({ email })
      .first('id', 'password', 'is_active', 'is_verified')
  }

  /** A hash that is weaker than new ones are is replaced as soon as the password is at hand; where all are busy, the next time. */
  private async strengthen(
    { app }: SessionAuthentication,
    { id, password: stored }: TokenRow,
    password: string
  ) {
    const passwords = app.get('passwords')
    if (!stored || !passwords.isWeak(stored)) return
    const hash = await passwords.hash(password).catch(() => undefined)
    if (hash)
      await app.get('postgresqlClient')('users').where({ id, password: stored }).update({ password: hash })
  }
}
