import {
  $user,
  anyone,
  boolean,
  defineResource,
  lower,
  nullable,
  oneOf,
  password,
  readOnly,
  role,
  text,
  timestamp,
  Type,
  unique,
  withDefault
} from '../../../declare'
import type { Resource, ServiceOf } from '../../../declare'
import type { UserFields } from '../../../declare/declarations'
import { impersonate } from './impersonation'
import { lastAdministrator } from './last-administrator'
import { credentialChange } from './password-change'
import { list } from '../../../service/listing'

export const ROLES = ['user', 'manager', 'admin'] as const
const admin = role('admin')
const self = { id: $user.id }

/** What the report `by_role` is asked with. */
export const byRole = <R extends string>(roles: readonly R[]) =>
  Type.Object({ role: oneOf(...roles) }, { additionalProperties: false })

export const users = defineResource('users', {
  description: 'People who sign in',
  fields: {
    email: unique(lower(text({ format: 'email', maxLength: 254 }))),
    username: unique(
      lower(text({ pattern: '^[A-Za-z0-9]+$', minLength: 3, maxLength: 50, examples: ['ada'] }))
    ),
    password: password(),
    first_name: nullable(text({ maxLength: 100, examples: ['Ada'] })),
    last_name: nullable(text({ maxLength: 100, examples: ['Lovelace'] })),
    role: withDefault(oneOf(...ROLES), 'user'),
    is_active: withDefault(boolean(), true),
    is_verified: readOnly(withDefault(boolean(), false)),
    last_login: readOnly(nullable(timestamp()))
  },
  access: {
    read: [self, admin],
    create: anyone,
    update: [self, admin],
    remove: admin,
    fields: { role: { write: admin }, is_active: { write: admin } }
  },
  interactive_only: ['create', 'update', 'patch', 'remove', 'impersonate'],
  indexes: ['role'],
  hooks: { around: lastAdministrator, ...credentialChange },
  actions: { impersonate },
  reports: {
    by_role: {
      summary: 'Users of one role',
      input: byRole(ROLES),
      as_list: true,
      access: admin,
      http: { path: 'role/{role}' },
      run: ({ role: named, ...asked }, context) =>
        list({ list: 'users', at: `users/role/${named}`, asked, only: { role: named } }, context)
    }
  }
})

/** With the fields that the application adds, which TypeScript knows by `interface UserFields` alone. */
type Extended<D> =
  D extends Resource<infer N, infer F, infer X, infer T, infer A, infer P, infer C, infer R>
    ? Resource<N, F & { [K in keyof UserFields]: UserFields[K] }, X, T, A, P, C, R>
    : never

declare module '../../../declare/declarations' {
  interface ServiceTypes {
    users: ServiceOf<Extended<typeof users>>
  }
}
