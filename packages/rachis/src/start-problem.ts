import { DeclarationError, problemLines } from './declare/verify'
import { hostInUrl } from './util/address'

interface Failure extends Error {
  /** Feathers' errors have a number. */
  readonly code?: string | number
  readonly syscall?: string
  readonly address?: string
  readonly port?: number
  readonly errors?: readonly Error[]
}

const LISTEN: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program listens there. Set PORT to another port, or to 0 for any that is free',
  EACCES: 'this account may not listen there. Set PORT to one above 1023',
  EADDRNOTAVAIL: 'this machine does not have that address. Set HOST to one of its own, or to 0.0.0.0 for all',
  ENOTFOUND: 'that name has no address. Set HOST to one of this machine, or to 0.0.0.0 for all'
}

/**
 * Why the server does not listen, and the setting to change.
 *
 * @example listenProblem(error, '127.0.0.1', 3030).message // '127.0.0.1:3030 cannot be listened on (EADDRINUSE): another program …'
 */
export const listenProblem = (error: Error, host: string, port: number): Error => {
  const { code = '' } = error as Failure
  const hint = LISTEN[code] ?? 'set HOST and PORT'

  return new Error(`${hostInUrl(host)}:${port} cannot be listened on (${code}): ${hint}`, { cause: error })
}

/** What is a fault of the code rather than of the settings; only its stack says where. */
const FAULTS = [TypeError, ReferenceError, SyntaxError, RangeError]
/** What was typed wrong is a TypeError of Node as well, and no fault of the code. */
const isTyped = ({ code }: Failure) => String(code).startsWith('ERR_PARSE_ARGS')
const isFault = (error: Failure) =>
  !isTyped(error) && (FAULTS.some((fault) => error instanceof fault) || error.code === 'MODULE_NOT_FOUND')

/** The text that ends a start that failed: the message alone, which names the setting or the declaration that is wrong. */
export const startProblem = (thrown: unknown): string => {
  if (!(thrown instanceof Error)) return String(thrown)
  if (thrown instanceof DeclarationError)
    return `${thrown.message.split('\n')[0]}\n${problemLines(thrown.problems)}`
  const error = thrown as Failure
  if (isFault(error)) return error.stack ?? error.message
  // A name with several addresses, none of which answered, has a message for each and none of its own.
  const inner = error.errors?.map(({ message }) => message).join('; ')

  return error.message || inner || String(error.code ?? error.name)
}
