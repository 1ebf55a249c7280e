import type { User } from './user'

/** Stands for nobody: what may be done without a credential is the same for all. */
const NOBODY = Object.freeze({})
const kept = new WeakSet<object>()

/**
 * Says that a principal stays as it is: what follows from rules for it is worked out once, and forgotten together with it. Whoever keeps one
 * drops it when its rights change and makes another one, as `SessionCache` does.
 *
 * @returns the principal, frozen, since a property that changed later would not be seen by the rules
 */
export const keepPrincipal = <T extends object>(principal: T): Readonly<T> => {
  kept.add(principal)

  return Object.freeze(principal)
}

/** Undefined for a user who may be another one at the next call, such as an object that a test or a hook made. */
const keyOf = (user: User): object | undefined => {
  if (!user) return NOBODY

  return kept.has(user) ? user : undefined
}

/**
 * Computes once for each cached principal, and for anonymous callers, what follows from a rule, a model or an operation.
 *
 * @param make must not depend on anything but its two arguments
 * @example const columns = planned((model: Model, user) => readableColumns(model, user))
 */
export const planned = <Of extends object, Plan>(
  make: (of: Of, user: User) => Plan
): ((of: Of, user: User) => Plan) => {
  const plans = new WeakMap<object, WeakMap<Of, { readonly plan: Plan }>>()

  return (of, user) => {
    const key = keyOf(user)
    if (!key) return make(of, user)
    const own = plans.get(key)
    const known = own?.get(of)
    if (known) return known.plan
    const plan = make(of, user)
    plans.set(key, (own ?? new WeakMap<Of, { readonly plan: Plan }>()).set(of, { plan }))

    return plan
  }
}
