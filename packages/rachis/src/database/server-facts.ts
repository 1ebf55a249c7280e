import { Client } from 'pg'
import type { ClientConfig } from 'pg'
import type { Refusal } from '../errors/errors'
import { connectionProblem } from './connection-problem'
import type { ServerFacts } from './session'

/** `app.connection` is a setting that nobody else makes: where it does not arrive, something in between drops the session. */
const MARK =
  '-c app.connection=direct -c statement_timeout=5000 -c lock_timeout=0 -c default_transaction_deferrable=off'

const FACTS = `
select
  pg_catalog.current_setting('app.connection', true) = 'direct' as is_direct,
  pg_catalog.current_setting('server_version_num')::pg_catalog.int4 as version,
  pg_catalog.current_setting('session_replication_role') as replication_role,
  pg_catalog.current_schema() as current,
  array(select n.nspname::pg_catalog.text from pg_catalog.pg_namespace n) as existing,
  (select n.nspname from pg_catalog.pg_extension e join pg_catalog.pg_namespace n on n.oid = e.extnamespace
    where e.extname = 'pg_trgm') as extensions,
  exists(select from pg_catalog.pg_namespace n
    where n.nspname = 'public' and pg_catalog.has_schema_privilege(n.oid, 'create')) as may_use_public,
  array(select n.nspname::pg_catalog.text from pg_catalog.pg_namespace n
    where exists(select from pg_catalog.pg_class c
      where c.relnamespace = n.oid and c.relname = 'changes' and c.relkind in ('r', 'p'))
    and exists(select from pg_catalog.pg_proc p where p.pronamespace = n.oid and p.proname = 'record_change')
    order by 1) as schemas`

interface SchemaRow {
  readonly is_direct: boolean | null
  readonly version: number
  readonly replication_role: string
  readonly current: string | null
  readonly existing: readonly string[]
  readonly extensions: string | null
  readonly may_use_public: boolean
  readonly schemas: readonly string[]
}

/** PgBouncer refuses start parameters that it does not know, by the name of the parameter. */
const isRefusedOption = (error: unknown) => {
  const { code, message } = error as Refusal & { message?: string }
  return code === '08P01' && /startup parameter/.test(message ?? '')
}

const ask = async (config: ClientConfig): Promise<SchemaRow> => {
  const client = new Client(config)
  // What ends it while it asks is told by the query.
  client.on('error', () => undefined)
  try {
    await client.connect()
    return (await client.query<SchemaRow>(FACTS)).rows[0]!
  } finally {
    await client.end().catch(() => undefined)
  }
}

/** PostgreSQL passes over a schema that is not there, and takes the next of the search path: tables that nobody asked for. */
const requireSchema = (existing: readonly string[], wanted: string): string => {
  if (existing.includes(wanted)) return wanted
  throw new Error(
    `The database has no schema ${wanted}: create it, or set DATABASE_SCHEMA to one that is there`
  )
}

const schemaOf = ({ schemas, current, existing, may_use_public }: SchemaRow, wanted: string): string => {
  if (wanted) return requireSchema(existing, wanted)
  if (schemas.length > 1)
    throw new Error(
      `The tables of Rachis are in several schemas (${schemas.join(', ')}): say by DATABASE_SCHEMA which of them to use`
    )
  const fresh = may_use_public ? 'public' : (current ?? 'public')

  return schemas[0] ?? fresh
}

interface Request {
  readonly config: ClientConfig
  /** What the connection string says of the session. */
  readonly options: string
  /** The schema that the tables have to be in; empty for the one that they are in. */
  readonly schema: string
  /** The environment variable that the configuration comes from, if it comes from one. */
  readonly variable?: string
}

const askThroughPooler = ({ config, options }: Request): Promise<SchemaRow> =>
  ask({ ...config, options: `${options} ${MARK}`.trim() }).catch((error: unknown) => {
    if (isRefusedOption(error)) return ask(config)
    throw error
  })

/**
 * Asks the server what a session needs to know, over a connection of its own.
 *
 * @throws {DatabaseUnavailable} where there is no answer, with the variable to change
 * @throws {Error} with what to do, where the tables cannot be found, or triggers would not run
 */
export const serverFacts = async (request: Request): Promise<ServerFacts> => {
  const { config, schema, variable } = request
  const found = await askThroughPooler(request).catch((error: Error) => {
    throw variable ? connectionProblem(error, config, variable) : error
  })
  if (found.replication_role !== 'origin')
    throw new Error(
      `session_replication_role is ${found.replication_role} for this role: no write would be recorded or told. Reset it`
    )

  return {
    isPooled: found.is_direct !== true,
    schema: schemaOf(found, schema),
    extensions: found.extensions,
    version: found.version
  }
}
