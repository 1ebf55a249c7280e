import type { Knex } from 'knex'

/** The caller gets the error of a connection that cannot be had; a line of Knex in the log would repeat it. */
const TOLD_ELSEWHERE = /^Acquire connection error/

/** Knex would print what it has to say of lost connections, with the stack of its own code. */
export const knexLog = (log: (line: string) => void = () => undefined): Knex.Logger => {
  const say = (message: unknown) => {
    const line = (message instanceof Error ? message.message : String(message)).split('\n    at ')[0]!
    if (!TOLD_ELSEWHERE.test(line)) log(line)
  }
  return { warn: say, error: say, deprecate: say, debug: say }
}
