import type { CallContext, Hook } from './hooks/context'
import type { Pipeline } from './pipeline'

type Milliseconds = Map<string, number>

/** By the context of a call: a call that another one makes has a context, and so times, of its own. */
const measured = new WeakMap<object, Milliseconds>()

const timesOf = (context: CallContext): Milliseconds => {
  const times: Milliseconds = measured.get(context) ?? new Map()
  measured.set(context, times)

  return times
}

/** The same hook, which notes how long it takes itself: without the stages behind it, which run inside of it. */
const timed =
  (name: string, hook: Hook): Hook =>
  async (context, next) => {
    const times = timesOf(context)
    // In the order of the pipeline, though the innermost stage ends first.
    times.set(name, 0)
    const begin = performance.now()
    let within = 0
    const inner = async () => {
      const entered = performance.now()
      try {
        await next()
      } finally {
        within += performance.now() - entered
      }
    }
    try {
      await hook(context, inner)
    } finally {
      times.set(name, performance.now() - begin - within)
    }
  }

/** What stands behind the last stage: hooks of the declaration, and the method of the service with its statement. */
const method: Hook = async (context, next) => {
  const times = timesOf(context)
  const begin = performance.now()
  try {
    await next()
  } finally {
    times.set('method', performance.now() - begin)
  }
}

/** The hooks of a pipeline. Where they are timed, `serverTiming` tells of each call that they have run for. */
export const hooksOf = (pipeline: Pipeline, isTimed: boolean): Hook[] => {
  const present = pipeline.flatMap(([name, hook]) => (hook ? [{ name, hook }] : []))

  return isTimed
    ? [...present.map(({ name, hook }) => timed(name, hook)), method]
    : present.map(({ hook }) => hook)
}

/**
 * The stages of a call with their milliseconds, as the header `Server-Timing` has them; undefined where they were not timed.
 *
 * @example serverTiming(context) // 'identify;dur=0.04, share;dur=0.01, …, method;dur=1.37'
 */
export const serverTiming = (context: object): string | undefined => {
  const times = measured.get(context)

  return times && [...times].map(([name, duration]) => `${name};dur=${duration.toFixed(2)}`).join(', ')
}
