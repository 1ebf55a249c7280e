import { AuthenticationBaseStrategy } from '@feathersjs/authentication'
import type { AuthenticationRequest, AuthenticationResult } from '@feathersjs/authentication'
import type { Params } from '@feathersjs/feathers'
import type { SessionAuthentication } from '../authentication'
import { ApiError } from '../../errors/errors'
import { errors } from '../errors'
import type { TicketCredential } from '../event-tickets'
import type { On } from '../look-ups'
import { onOf } from '../look-ups'
import { principalOfKey, principalOfSession } from '../principals'

/**
 * A stream that was opened with a ticket: it stands for the session or the API key of the ticket, with the rights that these have now,
 * and ends with it. The ticket was redeemed where the request came in, and nobody can ask for this strategy by its name.
 */
export class EventTicketStrategy extends AuthenticationBaseStrategy {
  async authenticate(request: AuthenticationRequest, params: Params) {
    const service = this.authentication as SessionAuthentication
    const credential = request as unknown as TicketCredential
    if (credential.exp !== undefined && credential.exp * 1000 <= Date.now())
      throw new ApiError(errors.INVALID_TICKET)
    const look = () => this.principalOf(service, credential, onOf(params))

    return {
      authentication: { strategy: this.name!, credential },
      user: await service.app.get('shares').signIn(params, look)
    }
  }

  async handleConnection(
    event: string,
    connection: { authentication?: object; user?: unknown },
    result?: AuthenticationResult
  ): Promise<void> {
    if (!result || event !== 'login' || result.authentication.strategy !== this.name) return
    connection.authentication = result.authentication.credential as TicketCredential
    connection.user = result.user
  }

  private async principalOf(
    service: SessionAuthentication,
    { session_id, api_key_id }: TicketCredential,
    on: On
  ): Promise<object> {
    if (api_key_id !== null) return principalOfKey(service, api_key_id, on)
    const { user } = await principalOfSession(service, session_id!, on)

    return user
  }
}
