import type { Principal } from './declarations'

export type { Principal }

/** The resource whose records call: `$user` stands for one of them, and columns that name who did something refer to it. */
export const PRINCIPALS = 'users'

/** Stands for a property of the calling user inside a rule: `{ user_id: $user.id }`. */
export interface UserRef<T> {
  readonly $user: string
  readonly __type?: T
}

/** `$user.id` is `{ $user: 'id' }`: plain data, so that every compiler can read it. */
export const $user = new Proxy({} as { readonly [K in keyof Principal]: UserRef<Principal[K]> }, {
  get: (_target, property) => ({ $user: String(property) })
})
