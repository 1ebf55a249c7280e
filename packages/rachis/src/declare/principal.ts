import type { Principal } from './declarations'

export type { Principal }

/** Stands for a property of the calling user inside a rule: `{ user_id: $user.id }`. */
export interface UserRef<T> {
  readonly $user: string
  readonly __type?: T
}

/** `$user.id` is `{ $user: 'id' }`: plain data, so that every compiler can read it. */
export const $user = new Proxy({} as { readonly [K in keyof Principal]: UserRef<Principal[K]> }, {
  get: (_target, property) => ({ $user: String(property) })
})
