import { Type } from '@feathersjs/typebox'
import type { Static } from '@feathersjs/typebox'
import { CommaList, defineSettings } from './declaration'
import { DEVELOPMENT_SECRET, engineProblems } from './problems'

const Seconds = (minimum = 1) => Type.Integer({ minimum })
const OneOf = <T extends string>(...values: readonly T[]) => Type.Unsafe<T>({ type: 'string', enum: values })
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
    replica_url: Optional('^$|^(postgres|postgresql)://'),
    replica_max_lag: Seconds(),
    password_file: Type.String(),
    password_command: Type.String(),
    // PostgreSQL would cut a longer name.
    schema: Type.String({ maxLength: 63 }),
    prepare: Type.Boolean(),
    pipeline: Type.Boolean(),
    log: Type.Boolean(),
    slow_query: Type.Integer({ minimum: 0 }),
    slow_query_plan: Type.Boolean(),
    statement_timeout: Seconds(0),
    read_timeout: Seconds(0),
    lock_timeout: Seconds(0),
    export_timeout: Seconds(),
    caller_share: Type.Number({ exclusiveMinimum: 0, maximum: 1 }),
    table_share: Type.Number({ exclusiveMinimum: 0, maximum: 1 }),
    queue: Type.Integer({ minimum: 0, maximum: 100_000 })
  }),
  redis_url: Optional('^$|^rediss?://'),
  allowed_origins: CommaList(),
  // Each proxy adds the address that called it to X-Forwarded-For; what none of these proxies added is the client's own claim.
  trust_proxy: Type.Integer({ minimum: 0, maximum: 10 }),
  body_limit: Type.Integer({ minimum: 1024 }),
  imports: Type.Object({
    max_bytes: Type.Integer({ minimum: 1024 }),
    max_rows: Type.Integer({ minimum: 1 })
  }),
  rate_limit: Type.Object({
    requests: Type.Integer({ minimum: 0 }),
    window: Type.Integer({ minimum: 1, maximum: 86_400 }),
    user: Type.Integer({ minimum: 0 }),
    key: Type.Integer({ minimum: 0 })
  }),
  http: Type.Object({
    header_timeout: Seconds(),
    request_timeout: Seconds(),
    idle_timeout: Seconds(0),
    write_timeout: Seconds(),
    // Less than one answer would cut clients that read.
    buffer_limit: Type.Integer({ minimum: 16_777_216 }),
    compress_from: Type.Integer({ minimum: 0 }),
    hosts: CommaList(),
    per_address: Type.Integer({ minimum: 0 }),
    keep_alive_timeout: Seconds(),
    max_header_size: Type.Integer({ minimum: 8192, maximum: 1_048_576 }),
    shutdown_grace: Seconds(0),
    shutdown_delay: Seconds(0),
    max_delay: Type.Integer({ minimum: 0 }),
    server_timing: Type.Boolean()
  }),
  cache: Type.Object({ max_bytes: Type.Integer({ minimum: 0 }) }),
  feed: Type.Object({
    url: Optional('^$|^rediss?://'),
    poll_interval: Type.Integer({ minimum: 10 }),
    retention: Seconds(),
    stall_timeout: Seconds(),
    lease: Seconds()
  }),
  sockets: Type.Object({
    // A smaller limit would cut a socket that reads, because of one event.
    buffer_limit: Type.Integer({ minimum: 65_536 }),
    stall_timeout: Type.Integer({ minimum: 1, maximum: 600 }),
    // Proxies give up answers that take a minute, some half of that.
    poll_wait: Type.Integer({ minimum: 1, maximum: 55 }),
    per_user: Type.Integer({ minimum: 1 }),
    per_address: Type.Integer({ minimum: 1 }),
    unsigned: Type.Integer({ minimum: 0 }),
    connect_timeout: Seconds()
  }),
  metrics: Type.Object({
    open: OneOf('development', 'always', 'never'),
    token: Optional('^$|^\\S{16,}$'),
    port: Type.Integer({ minimum: 0, maximum: 65535 }),
    host: Type.String()
  }),
  access_log: OneOf('off', 'json', 'text'),
  traces: Type.Boolean(),
  workers: Type.Integer({ minimum: 1, maximum: 256 }),
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
    replica_url: '',
    replica_max_lag: 5,
    password_file: '',
    password_command: '',
    schema: '',
    pool_max: 10,
    data_dir: '.data',
    prepare: true,
    pipeline: true,
    log: false,
    slow_query: 1000,
    slow_query_plan: false,
    statement_timeout: 30,
    read_timeout: 5,
    lock_timeout: 3,
    export_timeout: 1800,
    caller_share: 0.75,
    table_share: 0.5,
    queue: 200
  },
  redis_url: '',
  allowed_origins: [],
  trust_proxy: 0,
  body_limit: 1_048_576,
  imports: { max_bytes: 104_857_600, max_rows: 100_000 },
  rate_limit: { requests: 100, window: 60, user: 0, key: 0 },
  http: {
    header_timeout: 15,
    request_timeout: 60,
    idle_timeout: 120,
    write_timeout: 30,
    buffer_limit: 134_217_728,
    compress_from: 2048,
    hosts: [],
    per_address: 2500,
    keep_alive_timeout: 75,
    max_header_size: 81_920,
    shutdown_grace: 10,
    shutdown_delay: 0,
    max_delay: 1000,
    server_timing: false
  },
  cache: { max_bytes: 33_554_432 },
  feed: { url: '', poll_interval: 200, retention: 604_800, stall_timeout: 5, lease: 10 },
  sockets: {
    buffer_limit: 1_048_576,
    stall_timeout: 10,
    poll_wait: 20,
    per_user: 1000,
    per_address: 2000,
    unsigned: 10_000,
    connect_timeout: 10
  },
  metrics: { open: 'development' as const, token: '', port: 0, host: '127.0.0.1' },
  access_log: 'off' as const,
  traces: false,
  workers: 1,
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
    replica_url: 'DATABASE_REPLICA_URL',
    replica_max_lag: 'DATABASE_REPLICA_MAX_LAG',
    password_file: 'DATABASE_PASSWORD_FILE',
    password_command: 'DATABASE_PASSWORD_COMMAND',
    schema: 'DATABASE_SCHEMA',
    prepare: 'DATABASE_PREPARE',
    pipeline: 'DATABASE_PIPELINE',
    log: 'LOG_SQL',
    slow_query: 'SLOW_QUERY_MS',
    slow_query_plan: 'SLOW_QUERY_PLAN',
    statement_timeout: 'STATEMENT_TIMEOUT',
    read_timeout: 'READ_TIMEOUT',
    lock_timeout: 'LOCK_TIMEOUT'
  },
  redis_url: 'REDIS_URL',
  allowed_origins: 'ALLOWED_ORIGINS',
  trust_proxy: 'TRUST_PROXY',
  rate_limit: { requests: 'RATE_LIMIT_REQUESTS', window: 'RATE_LIMIT_WINDOW' },
  cache: { max_bytes: 'CACHE_MAX_BYTES' },
  feed: { url: 'FEED_URL' },
  metrics: { open: 'METRICS_OPEN', token: 'METRICS_TOKEN', port: 'METRICS_PORT', host: 'METRICS_HOST' },
  access_log: 'ACCESS_LOG',
  traces: 'TRACES',
  workers: 'WEB_CONCURRENCY',
  http: {
    hosts: 'ALLOWED_HOSTS',
    keep_alive_timeout: 'KEEP_ALIVE_TIMEOUT',
    shutdown_grace: 'SHUTDOWN_GRACE',
    shutdown_delay: 'SHUTDOWN_DELAY',
    max_delay: 'MAX_DELAY_MS',
    server_timing: 'SERVER_TIMING'
  }
}

/** Variables that begin so are ours: one that no setting reads is most likely misspelt. */
const prefixes = ['DATABASE_', 'METRICS_', 'RATE_LIMIT_', 'SHUTDOWN_', 'SLOW_QUERY_']

/** The settings of the engine itself. docs/operations.md explains each. */
export const engineSettings = defineSettings({
  schema,
  defaults,
  variables,
  prefixes,
  problems: engineProblems
})
export type EngineSettings = Static<typeof schema>

declare module '../declare/declarations' {
  interface Settings extends EngineSettings {}
}
