import { Type } from '@feathersjs/typebox'
import type { Static } from '@feathersjs/typebox'
import { CommaList, defineSettings } from './declaration'
import { DEVELOPMENT_SECRET, engineProblems } from './problems'

const Seconds = (minimum = 1) => Type.Integer({ minimum })
const Optional = (pattern?: string) => Type.String({ ...(pattern ? { pattern } : {}) })

const schema = Type.Object({
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
    // PostgreSQL would cut a longer name.
    schema: Type.String({ maxLength: 63 }),
    prepare: Type.Boolean(),
    statement_timeout: Seconds(0),
    read_timeout: Seconds(0),
    lock_timeout: Seconds(0),
    caller_share: Type.Number({ exclusiveMinimum: 0, maximum: 1 }),
    table_share: Type.Number({ exclusiveMinimum: 0, maximum: 1 }),
    queue: Type.Integer({ minimum: 0, maximum: 100_000 })
  }),
  redis_url: Optional('^$|^rediss?://'),
  allowed_origins: CommaList(),
  // Each proxy adds the address that called it to X-Forwarded-For; what none of these proxies added is the client's own claim.
  trust_proxy: Type.Integer({ minimum: 0, maximum: 10 }),
  body_limit: Type.Integer({ minimum: 1024 }),
  http: Type.Object({
    header_timeout: Seconds(),
    request_timeout: Seconds(),
    idle_timeout: Seconds(0),
    write_timeout: Seconds(),
    // Less than one answer would cut clients that read.
    buffer_limit: Type.Integer({ minimum: 16_777_216 }),
    keep_alive_timeout: Seconds(),
    max_header_size: Type.Integer({ minimum: 8192, maximum: 1_048_576 }),
    shutdown_grace: Seconds(0)
  }),
  feed: Type.Object({
    poll_interval: Type.Integer({ minimum: 10 }),
    retention: Seconds(),
    stall_timeout: Seconds(),
    lease: Seconds()
  }),
  sockets: Type.Object({
    // A smaller limit would cut a socket that reads, because of one event.
    buffer_limit: Type.Integer({ minimum: 65_536 }),
    per_user: Type.Integer({ minimum: 1 }),
    per_address: Type.Integer({ minimum: 1 }),
    unsigned: Type.Integer({ minimum: 0 }),
    connect_timeout: Seconds()
  }),
  paginate: Type.Object({ default: Type.Integer({ minimum: 1 }), max: Type.Integer({ minimum: 1 }) })
})

const defaults = {
  host: '127.0.0.1',
  port: 3030,
  public_url: '',
  secret_key: DEVELOPMENT_SECRET,
  database: {
    url: '',
    direct_url: '',
    schema: '',
    pool_max: 10,
    data_dir: '.data',
    prepare: true,
    statement_timeout: 30,
    read_timeout: 5,
    lock_timeout: 3,
    caller_share: 0.75,
    table_share: 0.5,
    queue: 200
  },
  redis_url: '',
  allowed_origins: [],
  trust_proxy: 0,
  body_limit: 1_048_576,
  http: {
    header_timeout: 15,
    request_timeout: 60,
    idle_timeout: 120,
    write_timeout: 30,
    buffer_limit: 134_217_728,
    keep_alive_timeout: 75,
    max_header_size: 81_920,
    shutdown_grace: 10
  },
  feed: { poll_interval: 200, retention: 604_800, stall_timeout: 5, lease: 10 },
  sockets: {
    buffer_limit: 1_048_576,
    per_user: 1000,
    per_address: 2000,
    unsigned: 10_000,
    connect_timeout: 10
  },
  paginate: { default: 50, max: 100 }
}

const variables = {
  host: 'HOST',
  port: 'PORT',
  public_url: 'PUBLIC_URL',
  secret_key: 'SECRET_KEY',
  database: {
    url: 'DATABASE_URL',
    pool_max: 'DATABASE_POOL_MAX',
    data_dir: 'DATA_DIR',
    direct_url: 'DATABASE_DIRECT_URL',
    schema: 'DATABASE_SCHEMA',
    prepare: 'DATABASE_PREPARE',
    statement_timeout: 'STATEMENT_TIMEOUT',
    read_timeout: 'READ_TIMEOUT',
    lock_timeout: 'LOCK_TIMEOUT'
  },
  redis_url: 'REDIS_URL',
  allowed_origins: 'ALLOWED_ORIGINS',
  trust_proxy: 'TRUST_PROXY',
  http: { keep_alive_timeout: 'KEEP_ALIVE_TIMEOUT', shutdown_grace: 'SHUTDOWN_GRACE' }
}

/** The settings of the engine itself. docs/operations.md explains each. */
export const engineSettings = defineSettings({ schema, defaults, variables, problems: engineProblems })
export type EngineSettings = Static<typeof schema>

declare module '../declare/declarations' {
  interface Settings extends EngineSettings {}
}
