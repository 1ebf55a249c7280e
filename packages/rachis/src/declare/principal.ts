import type { Principal } from './declarations'

/**
 * The resource whose records call: `$user` stands for one of them, and columns that name who did something refer to it.
 *
 * @example PRINCIPALS // 'users'
 */
export const PRINCIPALS = 'users'

/** Stands for a property of the calling user inside a rule: `{ user_id: $user.id }`. */
export interface UserRef<T> {
  readonly $user: string
  readonly __type?: T
}

/** A term for each property of the user. It has a name, so that an application's own properties are among them when compiled. */
export type UserTerms = { readonly [K in keyof Principal]: UserRef<Principal[K]> }

/**
 * `$user.id` is `{ $user: 'id' }`: plain data, so that every compiler can read it.
 *
 * @example $user.id // { $user: 'id' }
 */
export const $user: UserTerms = new Proxy({} as UserTerms, {
  get: (_target, property) => ({ $user: String(property) })
})
