import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import type { CryptoKey, JWK } from 'jose'
import type { Json, World } from './world'
import { startWorld } from './world'
import { Browser, fragmentOf } from './browser'

export interface Person {
  readonly email?: string
  readonly email_verified?: unknown
  readonly given_name?: string
  readonly family_name?: string
  /** What the plain OAuth API lists. */
  readonly emails?: readonly { email: string; primary: boolean; verified: boolean }[]
}
type Tamper = (body: Record<string, any>) => unknown

export const CLIENT = { client_id: 'rachis', client_secret: 'a secret of the provider, 32 bytes' }
const SCOPES = ['read:user', 'user:email']

/** A real provider (npm oidc-provider), in this process: OpenID Connect, and beside it a plain OAuth API like GitHub's. */
export class IdentityProvider {
  readonly people = new Map<string, Person>()
  /** Changes what the token endpoint answers. */
  tamper?: Tamper
  /** Who is signed in at the provider where the browser does not say it. */
  account?: string
  /** Cuts the connection of each that asks for tokens. */
  isCut = false
  /** Every request, as `POST /token`. */
  readonly requests: string[] = []
  private handler: (request: any, response: any) => void = () => {}
  private key!: CryptoKey
  private readonly server = createServer((request, response) => this.handler(request, response))
  url = ''

  async listen(): Promise<this> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve))
    this.url = `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`

    return this
  }

  /** The settings of an application that signs in here: by OpenID Connect as `acme`, by plain OAuth as `hub`. */
  get settings() {
    const { url } = this

    return {
      acme: { ...CLIENT, issuer: url, scope: ['openid', 'email', 'profile'] },
      hub: {
        ...CLIENT,
        client_id: 'plain',
        authorize_url: `${url}/auth`,
        token_url: `${url}/token`,
        profile_url: `${url}/api/user`,
        emails_url: `${url}/api/emails`,
        scope: SCOPES
      }
    }
  }

  /** An id_token as this provider would sign it, or as somebody else would. */
  async idToken(claims: Record<string, unknown>, key: CryptoKey = this.key): Promise<string> {
    const now = Math.floor(Date.now() / 1000)
    const all = { iss: this.url, aud: CLIENT.client_id, iat: now, exp: now + 60, ...claims }

    return new SignJWT(all).setProtectedHeader({ alg: 'RS256', kid: 'one' }).sign(key)
  }

  async serve(world: World) {
    const { default: Provider } = await import('oidc-provider')
    const { privateKey } = await generateKeyPair('RS256', { extractable: true })
    this.key = privateKey
    const client = (client_id: string, name: string) => ({
      ...CLIENT,
      client_id,
      redirect_uris: [`${world.url}/api/v1/oauth/${name}/callback`],
      token_endpoint_auth_method: 'client_secret_post' as const
    })
    const provider = new Provider(this.url, {
      clients: [client('rachis', 'acme'), client('plain', 'hub')],
      jwks: {
        keys: [{ ...(await exportJWK(privateKey)), kid: 'one', use: 'sig', alg: 'RS256' } as JWK as never]
      },
      features: { devInteractions: { enabled: false } },
      scopes: ['openid', 'offline_access', ...SCOPES],
      claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['given_name', 'family_name'] },
      cookies: { keys: ['of the test'] },
      pkce: { required: () => true },
      ttl: { AccessToken: 60, AuthorizationCode: 60, IdToken: 60, Grant: 60, Session: 60, Interaction: 60 },
      findAccount: (_ctx, sub) => ({
        accountId: sub,
        claims: async () => ({ sub, ...this.people.get(sub) }) as never
      }),
      interactions: { url: (_ctx, interaction) => `/interaction/${interaction.uid}` }
    })
    provider.use(async (ctx, next) => {
      this.requests.push(`${ctx.method} ${ctx.path}`)
      if (this.isCut && ctx.path === '/token') return void ctx.req.socket.destroy()
      if (ctx.path.startsWith('/interaction/')) return this.interact(provider, ctx)
      if (ctx.path.startsWith('/api/')) return this.api(provider, ctx)
      await next()
      if (ctx.path === '/token' && ctx.status === 200 && this.tamper)
        ctx.body = await this.tamper(ctx.body as never)
    })
    this.handler = provider.callback()
  }

  /** The screens: who is signed in is what the browser says, and they agree to everything or cancel. */
  private async interact(provider: any, ctx: any) {
    const { params, grantId } = await provider.interactionDetails(ctx.req, ctx.res)
    const accountId = (ctx.query.account ?? this.account) as string
    if (accountId === 'nobody') {
      const error = { error: 'access_denied', error_description: 'He would rather not' }
      return provider.interactionFinished(ctx.req, ctx.res, error, { mergeWithLastSubmission: false })
    }
    const grant =
      (grantId && (await provider.Grant.find(grantId))) ||
      new provider.Grant({ accountId, clientId: params.client_id })
    grant.addOIDCScope(params.scope)
    const consent = { grantId: await grant.save() }
    ctx.respond = false
    await provider.interactionFinished(ctx.req, ctx.res, { login: { accountId }, consent })
  }

  /** Who somebody is, as GitHub tells it. */
  private async api(provider: any, ctx: any) {
    const token = await provider.AccessToken.find(String(ctx.get('Authorization')).replace('Bearer ', ''))
    if (!token) return void (ctx.status = 401)
    const { emails = [], ...person } = this.people.get(token.accountId)!
    ctx.body =
      ctx.path === '/api/emails' ? emails : { id: Number(token.accountId), login: 'octocat', ...person }
  }

  close() {
    this.server.closeAllConnections()
    this.server.close()
  }
}

/** An application and a provider that it signs in by, for the tests of one file, and ways to walk through both. */
export const onStage = (
  settings: Json = {},
  providersOf: (provider: IdentityProvider) => object = (provider) => provider.settings
) => {
  let world!: World
  let provider!: IdentityProvider
  let count = 0
  before(async () => {
    provider = await new IdentityProvider().listen()
    const redirect_origins = ['https://app.example.com', 'https://two.example.com']
    world = await startWorld({
      settings: { ...settings, oauth: { providers: providersOf(provider) as never, redirect_origins } }
    })
    await provider.serve(world)
  })
  after(async () => {
    provider?.close()
    await world?.close()
  })
  afterEach(() => Object.assign(provider, { tamper: undefined, isCut: false }))
  const url = (query = '', name = 'acme') => `${world.url}/api/v1/oauth/${name}${query}`

  return {
    get world() {
      return world
    },
    get provider() {
      return provider
    },
    /** Somebody whom the provider knows, with an address that it has verified. */
    somebody(fields: Person = {}) {
      const sub = String(++count)
      const person = {
        email: `somebody${sub}@example.com` as string | undefined,
        email_verified: true,
        ...fields
      }
      provider.people.set(sub, person)

      return { sub, ...person }
    },
    url,
    me: (token: string) => world.rest({ name: 'x', token }, 'GET', '/auth/me'),
    identities: (where = 'true') => world.sql(`select * from identities where ${where}`),
    people: async () => (await world.sql('select count(*)::int as n from users'))[0]!.n as number,
    async signIn(sub: string, name = 'acme', browser = new Browser()) {
      const { location, status } = await browser.signIn(url('', name), sub)
      assert.equal(status, 302)

      return fragmentOf(location)
    },
    lastRefusal: async () =>
      (
        await world.sql(
          `select * from security_events where event = 'oauth_refused' order by id desc limit 1`
        )
      )[0]!
  }
}
