import { exec } from 'child_process'
import { readFile } from 'fs/promises'
import { Client } from 'pg'
import type { ClientConfig } from 'pg'
import type { Settings } from '../declare/declarations'
import { DatabaseUnavailable } from './connection-problem'

/** Milliseconds that a command may take: whoever asked for the connection waits for it. */
const PATIENCE = 7000

const run = (command: string): Promise<string> =>
  new Promise((resolve, reject) =>
    // What it has written is not told: it may be the password.
    exec(command, { timeout: PATIENCE }, (error, stdout) =>
      error
        ? reject(new DatabaseUnavailable(`DATABASE_PASSWORD_COMMAND ended with ${String(error.signal ?? error.code)}`))
        : resolve(stdout)
    )
  ) // prettier-ignore

const read = (file: string): Promise<string> =>
  readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new DatabaseUnavailable(`DATABASE_PASSWORD_FILE cannot be read (${error.code})`)
  })

/** Connections that are opened at once ask once. */
const together = (ask: () => Promise<string>): (() => Promise<string>) => {
  let asked: Promise<string> | undefined

  return () => (asked ??= ask().finally(() => (asked = undefined)))
}

/**
 * Asks for the password of the database, for each new connection anew: providers that give out passwords for an hour put the next one into a file, or tell it to a
 * command. Undefined where it stands in the URL.
 *
 * @example passwordOf({ ...settings, password_command: 'aws rds generate-db-auth-token …' })
 */
export const passwordOf = ({
  password_file,
  password_command
}: Pick<Settings['database'], 'password_file' | 'password_command'>): (() => Promise<string>) | undefined => {
  if (password_file === '' && password_command === '') return undefined
  const ask = password_command === '' ? () => read(password_file) : () => run(password_command)

  return together(async () => (await ask()).replace(/\r?\n$/, ''))
}

/** Parts of the driver's client that it does not declare. */
interface Parameters {
  readonly connectionParameters: Pick<ClientConfig, 'application_name'>
}

/** The driver asks for no password where there is a connection string, so that it is taken apart. */
export const withPassword = <T extends { readonly connectionString: string }>(
  { connectionString, ...rest }: T,
  password: () => Promise<string>
): Omit<T, 'connectionString'> & ClientConfig => {
  const read = new Client({ connectionString })
  const { host, port, user, database, ssl } = read
  const { application_name } = (read as unknown as Parameters).connectionParameters

  return { ...rest, host, port, user, database, ssl, application_name, password }
}
