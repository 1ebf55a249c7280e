import { Type } from '@feathersjs/typebox'
import type { Static } from '@feathersjs/typebox'
import { oauthSchema } from './oauth'

const Seconds = (minimum = 1) => Type.Integer({ minimum })
const Attempts = () => Type.Integer({ minimum: 1 })
const Optional = (pattern?: string) => Type.String({ default: '', ...(pattern ? { pattern } : {}) })

/** Every setting, from config/ and the environment. docs/operations.md explains each. */
export const settingsSchema = Type.Object({
  host: Type.String(),
  port: Type.Integer({ minimum: 0, maximum: 65535 }),
  public_url: Optional(),
  secret_key: Type.String(),
  database: Type.Object({
    url: Optional('^$|^(postgres|postgresql)://'),
    // Migrations hold a lock on one connection and work on another.
    pool_max: Type.Integer({ minimum: 2, maximum: 1000 }),
    data_dir: Type.String({ minLength: 1 }),
    direct_url: Optional('^$|^(postgres|postgresql)://'),
    // Longer names would be cut by PostgreSQL.
    schema: Type.String({ default: '', maxLength: 63 }),
    prepare: Type.Boolean({ default: true }),
    statement_timeout: Seconds(0),
    read_timeout: Seconds(0),
    lock_timeout: Seconds(0),
    caller_share: Type.Number({ exclusiveMinimum: 0, maximum: 1 }),
    table_share: Type.Number({ exclusiveMinimum: 0, maximum: 1 }),
    queue: Type.Integer({ minimum: 0, maximum: 100_000 })
  }),
  redis_url: Optional('^$|^rediss?://'),
  mail: Type.Object({
    smtp_url: Optional('^$|^smtps?://'),
    from: Type.String({ minLength: 3 }),
    folder: Optional()
  }),
  admin: Type.Object({ email: Optional(), password: Optional() }),
  allowed_origins: Type.Array(Type.String()),
  seed_demo: Type.Boolean(),
  // Each one adds whom it was called by to X-Forwarded-For; what is not added by one of ours is the client's own word.
  trust_proxy: Type.Integer({ minimum: 0, maximum: 10 }),
  body_limit: Type.Integer({ minimum: 1024 }),
  http: Type.Object({
    header_timeout: Seconds(),
    request_timeout: Seconds(),
    idle_timeout: Seconds(0),
    keep_alive_timeout: Seconds(),
    max_header_size: Type.Integer({ minimum: 8192, maximum: 1_048_576 }),
    shutdown_grace: Seconds(0)
  }),
  feed: Type.Object({
    poll_interval: Type.Integer({ minimum: 10 }),
    retention: Seconds(),
    stall_timeout: Seconds()
  }),
  sockets: Type.Object({
    // Smaller ones would cut a socket that reads, for one event.
    buffer_limit: Type.Integer({ minimum: 65_536 }),
    per_user: Type.Integer({ minimum: 1 }),
    per_address: Type.Integer({ minimum: 1 }),
    unsigned: Type.Integer({ minimum: 0 }),
    connect_timeout: Seconds()
  }),
  auth: Type.Object({
    access_ttl: Seconds(),
    refresh_ttl: Seconds(),
    session_ttl: Seconds(),
    refresh_grace: Seconds(0),
    expiry_warning: Seconds(0),
    signing_key: Optional(),
    previous_keys: Type.Array(Type.String({ minLength: 1 }), { default: [] }),
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
      same_site: Type.Union([Type.Literal('lax'), Type.Literal('strict')])
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
  oauth: oauthSchema,
  shop: Type.Object({
    tax_rate: Type.Number({ minimum: 0, maximum: 1 }),
    shipping_amount: Type.Number({ minimum: 0, multipleOf: 0.01 }),
    free_shipping_from: Type.Number({ minimum: 0, multipleOf: 0.01 }),
    currency: Type.String({ pattern: '^[A-Z]{3}$' }),
    time_zone: Type.String()
  }),
  paginate: Type.Object({ default: Type.Integer({ minimum: 1 }), max: Type.Integer({ minimum: 1 }) })
})
export type Settings = Static<typeof settingsSchema>

declare module '../declare/declarations' {
  interface Configuration extends Settings {}
}
