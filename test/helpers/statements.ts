import { Client } from 'pg'

type Query = (...args: unknown[]) => unknown
interface Prepared {
  readonly text?: string
}

/** What the feed asks by itself, at any moment: for changes, and for the parents that rules follow, whose ids it has as texts. */
const OF_THE_FEED = /\bchanges\b|pg_current_snapshot|^\s*(un)?listen|notify|\$\d+::text/i
const textOf = (statement: unknown): string =>
  typeof statement === 'string' ? statement : ((statement as Prepared).text ?? '')

/** The statements that reach the database while something is done: those that fit, or all without those of the feed. */
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

  return texts.filter((text) => fits?.test(text) ?? !OF_THE_FEED.test(text))
}
