import type { Principal } from './declarations'
import type { ParentRule } from './clauses'
import type { UserRef } from './principal'

type Value<V> = V | UserRef<NonNullable<V>>
type Operators<V> = {
  $in?: readonly V[] | UserRef<readonly NonNullable<V>[]>
  $nin?: readonly V[]
  $ne?: V
  $lt?: V
  $lte?: V
  $gt?: V
  $gte?: V
}
/**
 * Whoever may read the record that this foreign key refers to: `read: { order_id: asParent }`.
 *
 * @example asParent // { $parent: 'read' }
 */
export const asParent = { $parent: 'read' } as const

/**
 * Whoever may do something else with the record that this foreign key refers to: `update: { deal_id: asParentFor('update') }`.
 *
 * @example asParentFor('update') // { $parent: 'update' }
 */
export const asParentFor = <R extends ParentRule>(rule: R) => ({ $parent: rule }) as const
export type AsParent = { readonly $parent: ParentRule }

type OfUser = { readonly [K in keyof Principal]?: Principal[K] | { readonly $in: readonly Principal[K][] } }

/** One alternative: every term must hold. A Feathers query whose leaves may refer to the user. */
export type Clause<R> = { readonly [K in keyof R]?: Value<R[K]> | Operators<R[K]> | AsParent } & {
  readonly $user?: OfUser
}

/** `true`, `false`, one clause, or a list of clauses of which any may hold. A missing rule is `false`. */
export type Rule<R> = boolean | Clause<R> | readonly Clause<R>[]

/** A rule that asks only of the user, never of the record. */
export type UserRule = boolean | { readonly $user: OfUser } | readonly { readonly $user: OfUser }[]
/**
 * Who may read and who may write one field, and of which records: `{ read: [{ id: $user.id }, role('admin')] }`. A record for which the
 * rule of reading does not hold is shown without the field.
 */
export type FieldAccess<R> = { readonly read?: Rule<R>; readonly write?: Rule<R> }

/**
 * The calling user has one of these roles. Spread it into a clause to combine.
 *
 * @example
 * role('admin') // { $user: { role: { $in: ['admin'] } } }
 * const manager = { ...role('manager'), is_active: true }
 */
export const role = <R extends Principal['role']>(...roles: R[]) =>
  ({ $user: { role: { $in: roles } } }) as const

/**
 * Anyone who is signed in.
 *
 * @example authenticated // { $user: {} }
 */
export const authenticated = { $user: {} } as const
/**
 * Anyone, signed in or not.
 *
 * @example anyone // true
 */
export const anyone = true as const
/**
 * Nobody from outside; calls from the server itself are not asked.
 *
 * @example nobody // false
 */
export const nobody = false as const
