import type { CallContext, Hook, NextFunction } from './context'

/** What is done of a call at one of its moments. What it throws is the error of the call. */
type Work = (context: CallContext) => Promise<void> | void

/** Runs the rest of a call within itself. */
type Wrap = (next: NextFunction) => Promise<unknown>

/** A stage by its moments: what it does before the rest of a call, around it, and once it is done. */
export interface Phases {
  readonly before?: Work
  /** Undefined for a call that needs nothing around its rest. */
  readonly around?: (context: CallContext) => Wrap | undefined
  readonly after?: Work
}

const phasesByHook = new WeakMap<Hook, Phases>()

/** Of a hook that was made in another way nobody knows whether it has something to do. */
const phasesOf = (hook: Hook): Phases =>
  phasesByHook.get(hook) ?? { around: (context) => (next) => hook(context, next) }

/** What is done once the rest is, from the innermost stage outwards. */
const finish = async (stages: readonly Phases[], context: CallContext, from: number, to: number) => {
  for (let index = to; index >= from; index--) {
    const working = stages[index]!.after?.(context)
    if (working) await working
  }
}

const chained = (stages: readonly Phases[]): Hook => {
  const run = async (context: CallContext, last: NextFunction, from: number): Promise<void> => {
    for (let index = from; index < stages.length; index++) {
      const { before, around } = stages[index]!
      const working = before?.(context)
      if (working) await working
      const wrap = around?.(context)
      if (!wrap) continue
      await wrap(() => run(context, last, index + 1))

      return finish(stages, context, from, index)
    }
    await last()

    return finish(stages, context, from, stages.length - 1)
  }

  return (context, next) => run(context, next, 0)
}

/**
 * Hooks around each other as one hook, the first outermost; undefined stands for none. The moments of stages run one after the other in
 * one function, which only a stage that needs to be around the rest leaves: a write goes through some twenty stages, and as a function
 * around the others each would cost a closure, a promise and three turns of the queue of promises, whether it has anything to do or not.
 */
export const inTurn = (...hooks: readonly (Hook | undefined)[]): Hook =>
  chained(hooks.filter((hook) => hook !== undefined).map(phasesOf))

/**
 * The hook of a stage.
 *
 * @example phased({ before: ({ params }) => { if (params.fault) throw params.fault } })
 */
export const phased = (phases: Phases): Hook => {
  const hook = chained([phases])
  phasesByHook.set(hook, phases)

  return hook
}

/** A hook whose work is done before the rest of its call. */
export const beforehand = (before: Work): Hook => phased({ before })

/** A hook whose work is done once the rest of its call is. */
export const afterwards = (after: Work): Hook => phased({ after })

/** A hook that is around the rest of the calls that need it. */
export const aroundSome = (around: NonNullable<Phases['around']>): Hook => phased({ around })
