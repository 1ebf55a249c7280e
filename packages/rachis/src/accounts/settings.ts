import { Type } from '@feathersjs/typebox'
import type { Static } from '@feathersjs/typebox'
import { defineSettings } from '../settings/declaration'
import { oauthSchema } from './oauth/settings'
import { accountsProblems } from './settings-problems'

const Seconds = (minimum = 1) => Type.Integer({ minimum })
const Attempts = () => Type.Integer({ minimum: 1 })

const schema = Type.Object({
  mail: Type.Object({
    smtp_url: Type.String({ pattern: '^$|^smtps?://' }),
    from: Type.String({ minLength: 3 }),
    folder: Type.String()
  }),
  admin: Type.Object({ email: Type.String(), password: Type.String() }),
  auth: Type.Object({
    access_ttl: Seconds(),
    refresh_ttl: Seconds(),
    session_ttl: Seconds(),
    refresh_grace: Seconds(0),
    expiry_warning: Seconds(0),
    signing_key: Type.String(),
    previous_keys: Type.Array(Type.String({ minLength: 1 })),
    bcrypt_cost: Type.Integer({ minimum: 4, maximum: 15 }),
    passwords: Type.Object({
      hash: Type.Unsafe<'bcrypt' | 'argon2id'>({ type: 'string', enum: ['bcrypt', 'argon2id'] }),
      min_length: Type.Integer({ minimum: 8, maximum: 64 }),
      argon2_memory: Type.Integer({ minimum: 1024 }),
      argon2_passes: Type.Integer({ minimum: 1, maximum: 100 }),
      threads: Type.Integer({ minimum: 0, maximum: 64 }),
      queue: Type.Integer({ minimum: 0, maximum: 10_000 })
    }),
    cache_ttl: Seconds(0),
    cookies: Type.Object({
      enabled: Type.Boolean(),
      same_site: Type.Unsafe<'lax' | 'strict'>({ type: 'string', enum: ['lax', 'strict'] })
    }),
    require_verified_email: Type.Boolean(),
    reset_ttl: Seconds(),
    verify_ttl: Seconds(),
    undo_ttl: Seconds(),
    link_ttl: Seconds(),
    mfa: Type.Object({ issuer: Type.String({ minLength: 1 }), recent: Seconds() }),
    limits: Type.Object({
      window: Seconds(),
      login_email: Attempts(),
      login_address: Attempts(),
      register_address: Attempts(),
      mail_email: Attempts(),
      mail_address: Attempts(),
      token_address: Attempts(),
      refresh_address: Attempts(),
      code_user: Attempts()
    })
  }),
  oauth: oauthSchema
})

const auth: Static<typeof schema>['auth'] = {
  access_ttl: 900,
  refresh_ttl: 604_800,
  session_ttl: 7_776_000,
  refresh_grace: 10,
  expiry_warning: 60,
  signing_key: '',
  previous_keys: [],
  bcrypt_cost: 12,
  passwords: {
    hash: 'bcrypt',
    min_length: 8,
    argon2_memory: 19_456,
    argon2_passes: 2,
    threads: 0,
    queue: 50
  },
  cache_ttl: 5,
  cookies: { enabled: false, same_site: 'lax' },
  require_verified_email: false,
  reset_ttl: 3600,
  verify_ttl: 86_400,
  undo_ttl: 604_800,
  link_ttl: 604_800,
  mfa: { issuer: 'Rachis', recent: 900 },
  limits: {
    window: 3600,
    login_email: 10,
    login_address: 100,
    register_address: 30,
    mail_email: 5,
    mail_address: 30,
    token_address: 100,
    refresh_address: 1000,
    code_user: 10
  }
}

const defaults = {
  mail: { smtp_url: '', from: 'Rachis <no-reply@localhost>', folder: 'mail' },
  admin: { email: '', password: '' },
  auth,
  oauth: {
    providers: {
      google: { client_id: '', client_secret: '' },
      github: { client_id: '', client_secret: '' }
    },
    redirect_origins: []
  }
}

const variables = {
  mail: { smtp_url: 'SMTP_URL', from: 'MAIL_FROM' },
  admin: { email: 'ADMIN_EMAIL', password: 'ADMIN_PASSWORD' },
  oauth: {
    providers: {
      google: { client_id: 'GOOGLE_CLIENT_ID', client_secret: 'GOOGLE_CLIENT_SECRET' },
      github: { client_id: 'GITHUB_CLIENT_ID', client_secret: 'GITHUB_CLIENT_SECRET' }
    },
    redirect_origins: 'OAUTH_REDIRECT_ORIGINS'
  },
  auth: {
    cookies: { enabled: 'AUTH_COOKIES' },
    passwords: { hash: 'PASSWORD_HASH', min_length: 'PASSWORD_MIN_LENGTH' },
    signing_key: 'AUTH_SIGNING_KEY',
    previous_keys: 'AUTH_PREVIOUS_KEYS'
  }
}

/** The settings of accounts: signing in, its mails, the first administrator and other providers. docs/operations.md explains each. */
export const accountsSettings = defineSettings({
  schema,
  defaults,
  variables,
  prefixes: ['AUTH_', 'PASSWORD_'],
  problems: accountsProblems
})
export type AccountsSettings = Static<typeof schema>

declare module '../declare/declarations' {
  interface Settings extends AccountsSettings {}
}
