/** Is told of each statement when it is sent; the answer is called when it was answered, with the failure where it failed. */
export type StatementObserver = (sql: string) => (failure?: unknown) => void

type Query = (...args: unknown[]) => unknown
const textOf = (query: unknown): string =>
  typeof query === 'string' ? query : String((query as { text?: unknown }).text ?? '')

/**
 * Tells observers of the statements of connections. Values are not told: they may be personal data.
 *
 * @example new StatementWatch([(sql) => () => console.log(sql)])
 */
export class StatementWatch {
  constructor(private readonly observers: readonly StatementObserver[]) {}

  /** Notes a statement; the answer is to be called once it is done. */
  note(sql: string): (failure?: unknown) => void {
    const [first, ...others] = this.observers.map((observe) => observe(sql))
    if (others.length === 0) return first!

    return (failure) => [first!, ...others].forEach((done) => done(failure))
  }

  /** The `query` of a connection that notes what it is asked, in the forms that the driver takes: with a callback behind, or answering a promise. */
  watched(query: Query): Query {
    return (...args) => {
      const done = this.note(textOf(args[0]))
      const callback = args.at(-1)
      if (typeof callback === 'function')
        return query(...args.slice(0, -1), (...given: unknown[]) => (done(given[0] ?? undefined), (callback as Query)(...given))) // prettier-ignore
      const answer = query(...args)
      if (answer instanceof Promise) void answer.then(() => done(), done)

      return answer
    }
  }
}
