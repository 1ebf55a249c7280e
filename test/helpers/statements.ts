import { Client } from 'pg'

type Query = (...args: unknown[]) => unknown
interface Prepared {
  readonly text?: string
}

/** What the feed asks by itself, at any moment: for changes and their partitions, and for the parents that rules follow, whose ids it has as texts. */
const OF_THE_FEED =
  /\b(extend_)?changes(_recent|_audited)?\b|feed_consumers|mark_audited|pg_current_snapshot|^\s*(un)?listen|notify|\$\d+::text/i
/** What happens at a moment of its own, whoever asks: Knex looks at its first connection, and counters that are over are cleared away. */
const OF_THE_PROCESS = /^select version\(\);?$|delete from "?rate_limits"? where expire/i
const textOf = (statement: unknown): string =>
  typeof statement === 'string' ? statement : ((statement as Prepared).text ?? '')

/** The statements that reach the database while something is done: those that fit, or all without those that no call causes. */
export const statementsOf = async (work: () => Promise<unknown>, fits?: RegExp): Promise<string[]> => {
  const prototype = Client.prototype as unknown as { query: Query }
  const { query } = prototype
  const texts: string[] = []
  prototype.query = function (this: unknown, ...args: unknown[]) {
    texts.push(textOf(args[0]))
    return query.apply(this, args)
  }
  try {
    await work()
  } finally {
    prototype.query = query
  }

  return texts.filter((text) => fits?.test(text) ?? !(OF_THE_FEED.test(text) || OF_THE_PROCESS.test(text)))
}
