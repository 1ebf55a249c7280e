import type { Settings } from '../declare/declarations'

type DatabaseSettings = Settings['database']

/** What is asked of the server once, before the pool opens. */
export interface ServerFacts {
  /** The server is reached through a pooler, which keeps no session between transactions. */
  readonly isPooled: boolean
  readonly schema: string
  /** Where `pg_trgm` is installed; null where a migration will install it. */
  readonly extensions: string | null
  /** Such as 150004. */
  readonly version: number
}

/** Above a half: at a half the word `sho` would be taken for a slip of every word that begins with `sh`. */
const LIKE_ENOUGH = 0.51

const quoted = (name: string) => `"${name.replace(/"/g, '""')}"`

/** Temporary tables come last: one that is called like a table of ours would stand in for it. */
const searchPath = ({ schema, extensions }: ServerFacts): string =>
  [...new Set([schema, extensions ?? schema])].map(quoted).concat('pg_temp').join(', ')

/** Settings that not every version knows. */
const byVersion = (version: number): Record<string, string> => ({
  ...(version >= 140000 ? { idle_session_timeout: '0' } : {}),
  ...(version >= 170000 ? { transaction_timeout: '0' } : {})
})

const milliseconds = (seconds: number) => String(Math.round(seconds * 1000))

/** 0 is no limit, and so the longest. */
const shorter = (a: number, b: number): number => (a === 0 || b === 0 ? Math.max(a, b) : Math.min(a, b))

/**
 * Every setting of a session that what is read, written or compared depends on. A role, a database or a connection string may
 * have others; ours are sent with the connection and so win. `default_transaction_read_only` is not among them: whoever switches
 * it on protects the data from every writer, this program included.
 */
export const sessionSettings = (
  settings: DatabaseSettings,
  facts: ServerFacts
): Readonly<Record<string, string>> => ({
  search_path: searchPath(facts),
  TimeZone: 'UTC',
  DateStyle: 'ISO, YMD',
  IntervalStyle: 'postgres',
  extra_float_digits: '1',
  bytea_output: 'hex',
  standard_conforming_strings: 'on',
  array_nulls: 'on',
  transform_null_equals: 'off',
  row_security: 'on',
  default_transaction_isolation: 'read committed',
  default_transaction_deferrable: 'off',
  statement_timeout: milliseconds(shorter(settings.read_timeout, settings.statement_timeout)),
  lock_timeout: milliseconds(settings.lock_timeout),
  idle_in_transaction_session_timeout: '60000',
  'pg_trgm.word_similarity_threshold': String(LIKE_ENOUGH),
  'app.context': '',
  ...byVersion(facts.version)
})

/** Statements of a transaction may take longer than a read: they were asked for to change something. */
export const transactionSettings = ({
  statement_timeout
}: DatabaseSettings): Readonly<Record<string, string>> => ({
  statement_timeout: milliseconds(statement_timeout)
})

/** The same limits for the program's own clock, in milliseconds; 0 for none. */
export const clientLimits = ({
  read_timeout,
  statement_timeout
}: Pick<DatabaseSettings, 'read_timeout' | 'statement_timeout'>) => ({
  alone: shorter(read_timeout, statement_timeout) * 1000,
  within: statement_timeout * 1000
})

/** PostgreSQL splits the text at spaces, but for those behind a backslash. */
const escaped = (value: string) => value.replace(/[\\ ]/g, '\\$&')

/**
 * Settings as the start parameter `options`. What is named later wins.
 *
 * @example optionsOf({ TimeZone: 'UTC' }, '-c work_mem=64MB') // '-c work_mem=64MB -c TimeZone=UTC'
 */
export const optionsOf = (settings: Readonly<Record<string, string>>, before = ''): string =>
  [before, ...Object.entries(settings).map(([name, value]) => `-c ${name}=${escaped(value)}`)]
    .filter(Boolean)
    .join(' ')

/**
 * A statement that makes settings for the transaction it runs in.
 *
 * @example localSettings({ TimeZone: 'UTC' }) // "select pg_catalog.set_config('TimeZone', 'UTC', true)"
 */
export const localSettings = (settings: Readonly<Record<string, string>>): string =>
  `select ${Object.entries(settings)
    .map(([name, value]) => `pg_catalog.set_config('${name}', '${value.replace(/'/g, "''")}', true)`)
    .join(', ')}`
