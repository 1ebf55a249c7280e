import type { IncomingMessage } from 'http'
import { AuthenticationBaseStrategy } from '@feathersjs/authentication'
import type { Application } from '../../declare/declarations'
import { ApiError } from '../../errors/errors'
import { recordRefusal } from '../cookie-sessions'
import type { CookieSessions } from '../cookie-sessions'

/** Finds the access token in a cookie, of a request or of a socket's handshake; from there it is a token like any other. */
export class CookieStrategy extends AuthenticationBaseStrategy {
  constructor(private readonly cookies: CookieSessions) {
    super()
  }

  async authenticate(): Promise<never> {
    throw new ApiError('NOT_AUTHENTICATED')
  }

  async parse(asking: IncomingMessage) {
    try {
      const accessToken = this.cookies.accessToken(asking)
      return accessToken ? { strategy: 'jwt', accessToken } : null
    } catch (error) {
      // The middleware records the refusal of a request; no middleware runs around a handshake.
      if (asking.method !== undefined || !(error instanceof ApiError)) throw error
      await recordRefusal(this.app as Application, error, { path: 'socket' })
      throw error
    }
  }
}
