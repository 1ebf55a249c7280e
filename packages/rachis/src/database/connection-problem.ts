import path from 'path'
import { Client } from 'pg'
import type { ClientConfig } from 'pg'
import type { Refusal } from '../errors/errors'
import { meaningOf } from '../errors/errors'
import { hostInUrl } from '../util/address'

/** The database cannot be reached or started now; `isUnreachable` knows it by its name. */
export class DatabaseUnavailable extends Error {
  override readonly name = 'DatabaseUnavailable'
}

/** Where the driver connects to: a socket's file, or host and port. User and password stay out. */
const placeOf = (config: ClientConfig): string => {
  const { host, port } = new Client(config)

  return host.startsWith('/') ? path.join(host, `.s.PGSQL.${port}`) : `${hostInUrl(host)}:${port}`
}

/** A name with several addresses, none of which answered, has an error for each and no message of its own. */
const reasonOf = ({ message, errors }: Partial<AggregateError>): string =>
  message || (errors as Error[] | undefined)?.map((error) => error.message).join('; ') || 'no reason given'

/** Wrong user, password or database; PgBouncer has one code for all of its reasons. */
const WRONG_ACCOUNT = /^(28|3D|08P01)/

/** What to do about it: a server that answered, with its SQLSTATE, is where it should be. */
const hintFor = (error: Refusal, variable: string): string => {
  if (!meaningOf(error)) return `start PostgreSQL there, or set ${variable} to where it runs`
  if (WRONG_ACCOUNT.test(String(error.code))) return `correct the user, password and database in ${variable}`

  return `start again when it takes connections, or set ${variable} to another`
}

/**
 * One sentence for whoever starts the program: where it looked for the database, what went wrong, and the variable to change.
 *
 * @param variable the environment variable that the configuration comes from
 * @example connectionProblem(error, { connectionString: 'postgres://app:secret@127.0.0.1:1/main' }, 'DATABASE_URL').message
 * // 'The database at 127.0.0.1:1 cannot be used (connect ECONNREFUSED 127.0.0.1:1): start PostgreSQL there, or set …'
 */
export const connectionProblem = (
  error: Error & Refusal,
  config: ClientConfig,
  variable: string
): DatabaseUnavailable =>
  new DatabaseUnavailable(
    `The database at ${placeOf(config)} cannot be used (${reasonOf(error)}): ${hintFor(error, variable)}`,
    { cause: error }
  )

/**
 * The configuration, once the driver has read it: a password with `#` or `/` makes the address end too early.
 *
 * @throws {Error} that names the variable, and does not repeat the address
 */
export const assertReadable = <T extends ClientConfig>(config: T, variable: string): T => {
  try {
    placeOf(config)
  } catch (cause) {
    throw new Error(
      `${variable} is no address that can be read: percent-encode special characters in user and password, such as # as %23`,
      { cause }
    )
  }

  return config
}
