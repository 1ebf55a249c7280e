/** Where a trace stands, as headers say it to another process, such as `traceparent`. Empty outside of traces. */
export type TraceCarrier = Readonly<Record<string, string>>

/**
 * Runs work as a named part of a trace, where traces are kept; else it only runs it.
 *
 * @example await app.get('span')('jobs.run', { queue: 'mails' }, () => run(job))
 */
export type RunInSpan = <T>(
  name: string,
  attributes: Readonly<Record<string, string | number>>,
  work: () => T | Promise<T>,
  /** The trace that the work belongs to, where that began elsewhere; by default the one that runs. */
  carrier?: TraceCarrier
) => Promise<T>

/** Where no traces are kept. */
export const withoutSpan: RunInSpan = async (_name, _attributes, work) => work()
