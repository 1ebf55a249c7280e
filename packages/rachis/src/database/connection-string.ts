/**
 * Parameters of a connection string that decide how the driver reads values, or what the server does with a session. The program
 * sets them by itself; `options` is kept, and comes before the program's own.
 */
const OURS = ['statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout', 'query_timeout', 'client_encoding', 'replication', 'binary', 'options'] // prettier-ignore

interface ConnectionString {
  readonly connectionString: string
  /** What it says of a session, in the form of the start parameter `options`. */
  readonly options: string
}

/**
 * Takes a connection string apart into where to connect, and what it asks of the session.
 *
 * @example parseConnectionString('postgres://db/main?options=-c%20work_mem%3D64MB&sslmode=require')
 * // { connectionString: 'postgres://db/main?sslmode=require', options: '-c work_mem=64MB' }
 */
export const parseConnectionString = (url: string): ConnectionString => {
  const start = url.indexOf('?')
  if (start === -1) return { connectionString: url, options: '' }
  const parameters = new URLSearchParams(url.slice(start + 1))
  const options = parameters.getAll('options').join(' ')
  for (const name of OURS) parameters.delete(name)
  const rest = parameters.toString()

  return { connectionString: url.slice(0, start) + (rest ? `?${rest}` : ''), options }
}
