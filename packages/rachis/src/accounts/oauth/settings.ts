import { Type } from '@feathersjs/typebox'
import type { Static } from '@feathersjs/typebox'
import { CommaList } from '../../settings/declaration'

const Optional = () => Type.Optional(Type.String())

/** One provider. With `issuer` it speaks OpenID Connect, and what is not said here is asked of its discovery document. */
const provider = Type.Object(
  {
    client_id: Optional(),
    client_secret: Optional(),
    issuer: Optional(),
    scope: Type.Optional(Type.Array(Type.String({ pattern: '^[\\x21\\x23-\\x5b\\x5d-\\x7e]+$' }))),
    authorize_url: Optional(),
    token_url: Optional(),
    /** Userinfo of OpenID Connect, or where a plain OAuth provider tells who somebody is. */
    profile_url: Optional(),
    /** Where a plain OAuth provider lists a user's addresses, as GitHub does: `[{ email, primary, verified }]`. */
    emails_url: Optional(),
    jwks_url: Optional(),
    token_endpoint_auth_method: Type.Optional(
      Type.Union([Type.Literal('client_secret_post'), Type.Literal('client_secret_basic')])
    )
  },
  { additionalProperties: false }
)
export type ProviderSettings = Static<typeof provider>

/** Signing in by others. A provider is offered where it has a `client_id`. */
export const oauthSchema = Type.Object({
  providers: Type.Record(Type.String({ pattern: '^[a-z][a-z0-9]{0,29}$' }), provider, {
    additionalProperties: false
  }),
  // Where a browser may be sent with what it has signed in to.
  redirect_origins: CommaList()
})
export type OAuthSettings = Static<typeof oauthSchema>

const PRESETS: Readonly<Record<string, ProviderSettings>> = {
  google: { issuer: 'https://accounts.google.com', scope: ['openid', 'email', 'profile'] },
  github: {
    authorize_url: 'https://github.com/login/oauth/authorize',
    token_url: 'https://github.com/login/oauth/access_token',
    profile_url: 'https://api.github.com/user',
    scope: ['read:user', 'user:email'],
    emails_url: 'https://api.github.com/user/emails'
  }
}

/** The providers that are switched on, completed by what is known of Google and GitHub. */
export const configuredProviders = ({ providers }: OAuthSettings): [string, ProviderSettings][] =>
  Object.entries(providers)
    .filter(([, { client_id }]) => Boolean(client_id))
    .map(([name, settings]) => [name, { ...PRESETS[name], ...settings }])

const isOrigin = (text: string): boolean => {
  try {
    const { origin, protocol } = new URL(text)
    return origin === text && ['http:', 'https:'].includes(protocol)
  } catch {
    return false
  }
}

const urlsOf = (settings: ProviderSettings) =>
  (['issuer', 'authorize_url', 'token_url', 'profile_url', 'emails_url', 'jwks_url'] as const).flatMap(
    (name) => (settings[name] === undefined ? [] : [[name, settings[name]] as const])
  )

const isUrl = (text: string, isProduction: boolean): boolean =>
  URL.canParse(text) && (isProduction ? ['https:'] : ['https:', 'http:']).includes(new URL(text).protocol)

const providerProblems = (name: string, settings: ProviderSettings, isProduction: boolean): string[] => [
  ...(settings.client_secret ? [] : [`oauth.providers.${name}.client_secret is missing`]),
  ...(settings.issuer || (settings.authorize_url && settings.token_url && settings.profile_url)
    ? []
    : [`oauth.providers.${name} needs an issuer, or authorize_url, token_url and profile_url`]),
  ...urlsOf(settings)
    .filter(([, url]) => !isUrl(url, isProduction))
    .map(([field]) => `oauth.providers.${name}.${field} must be an https URL`)
]

/** What is wrong with these settings; in production tokens and secrets must not travel without TLS. */
export const oauthProblems = (
  { oauth, public_url }: { oauth: OAuthSettings; public_url: string },
  isProduction: boolean
): string[] => {
  const providers = configuredProviders(oauth)

  return [
    ...oauth.redirect_origins
      .filter((origin) => !isOrigin(origin))
      .map(
        (origin) => `oauth.redirect_origins holds ${origin}; write origins such as https://app.example.com`
      ),
    ...providers.flatMap(([name, settings]) => providerProblems(name, settings, isProduction)),
    ...(providers.length > 0 && isProduction && !isUrl(public_url, true)
      ? [
          'public_url must be the https URL that browsers know this API by, since providers send them back to it'
        ]
      : [])
  ]
}
