import { AuthenticationBaseStrategy } from '@feathersjs/authentication'
import type { AuthenticationRequest } from '@feathersjs/authentication'
import type { Params } from '@feathersjs/feathers'
import type { SessionAuthentication } from '../authentication'
import { ApiError } from '../../errors/errors'

/** Whoever signed a link, with the rights that they have now. The signature was verified where the request came in. */
export class SignedLinkStrategy extends AuthenticationBaseStrategy {
  async authenticate({ user_id }: AuthenticationRequest, params: Params) {
    const service = this.authentication as SessionAuthentication
    const user = await service.app
      .get('shares')
      .signIn(params, () => service.principalOf(user_id as number))
      .catch((error: ApiError) => {
        throw error.errorCode === 'INVALID_TOKEN' ? new ApiError('INVALID_LINK') : error
      })

    return { authentication: { strategy: this.name! }, user }
  }
}
