import type { Hook } from './context'

/** One hook within another. */
export const inTurn =
  (outer: Hook, inner: Hook): Hook =>
  (context, next) =>
    outer(context, () => inner(context, next))
