import type { AuthenticationService } from '@feathersjs/authentication'
import { OAuthService } from '@feathersjs/authentication-oauth'
import type { Application } from '../../declare/declarations'
import type { Flow } from './flow'
import type { GrantAnswer } from './profile'
import type { Provider } from './provider'
import { withProviderTimeout, unreachable } from './provider'

const configOf = ({
  issuer,
  settings: { client_id, client_secret, scope, token_endpoint_auth_method }
}: Provider) => ({
  oauth: 2,
  key: client_id,
  secret: client_secret,
  scope: scope ?? (issuer ? ['openid', 'email', 'profile'] : []),
  scope_delimiter: ' ',
  ...(token_endpoint_auth_method ? { token_endpoint_auth_method } : {}),
  state: true,
  // It comes back in an id_token, or not at all.
  nonce: issuer !== undefined,
  pkce: true,
  // Its answer comes back in memory. By session it would lie in a cookie, by query string in every log on the way.
  transport: 'state',
  response: ['tokens', 'profile']
})

/**
 * The flow of RFC 6749, section 4.1, by Feathers' OAuth service, which is grant: it knows where the providers are and what is
 * odd about each. What it does not do is done around it: it takes an answer without a code for an answer with tokens, goes by
 * the provider of the session whichever provider's address was called, and checks no signature.
 */
export class Grant {
  private readonly service: OAuthService

  constructor(app: Application, providers: readonly Provider[]) {
    const oauth = Object.fromEntries(providers.map((provider) => [provider.name, configOf(provider)]))
    // All that it asks of the authentication service is the configuration.
    const holder = { app, configuration: { oauth } } as unknown as AuthenticationService
    this.service = new OAuthService(holder, { linkStrategy: 'jwt' })
  }

  private async handle(
    provider: Provider,
    redirect_uri: string,
    { session, query }: { session: { grant?: object }; query: object },
    override?: string
  ) {
    const { grant } = await provider.endpoints()
    const state = { grant: { dynamic: { ...grant, redirect_uri } } }
    const params = { session, state, query, route: { provider: provider.name } }

    return withProviderTimeout(this.service.handler('GET', params as never, {}, override))
  }

  async begin(
    provider: Provider,
    redirect_uri: string
  ): Promise<{ location: string; session: Flow['grant'] }> {
    const { location, session } = await this.handle(provider, redirect_uri, { session: {}, query: {} })
    const { state, nonce, code_verifier } = session as Flow['grant']
    if (!location || !state || !code_verifier || (provider.issuer && !nonce))
      throw unreachable(new Error('No flow was begun'))

    return { location, session: { state, code_verifier, ...(nonce ? { nonce } : {}) } }
  }

  /** The provider's answer to the code. */
  async finish(provider: Provider, flow: Flow, code: string): Promise<GrantAnswer> {
    const session = { grant: { provider: provider.name, ...flow.grant } }
    const query = { code, state: flow.grant.state }
    const result = await this.handle(provider, flow.redirect_uri, { session, query }, 'callback')

    return (result.state as { response: GrantAnswer }).response
  }
}
