import { partOf, recordSecurity } from '../../security'
import {
  $user, authenticated, boolean, computed, defineResource, nullable, owner, readOnly, role, text, timestamp, Type, unique, textArray, writeOnly
} from '../../../declare' // prettier-ignore
import type { ServiceOf } from '../../../declare'
import { createKey } from './create-key'
import { keyInput, name } from './key-input'

const mine = { user_id: $user.id }
const readOnlyTimestamp = readOnly(nullable(timestamp()))
const strict = { additionalProperties: false }
const EXAMPLE_PREFIX = '9f86d081884c7d65'

/** Keys for programs. Each acts as its owner, within its permissions; the secret is shown once and kept as a hash. */
export const apiKeys = defineResource('api_keys', {
  path: 'api-keys',
  description:
    "Keys for programs, sent as X-API-Key: each has its owner's rights, narrowed to its permissions",
  interactive_only: true,
  fields: {
    user_id: owner('users'),
    name,
    prefix: readOnly(unique(text({ pattern: '^[0-9a-f]{16}$', maxLength: 16, examples: [EXAMPLE_PREFIX] }))),
    hash: readOnly(writeOnly(text({ pattern: '^[0-9a-f]{64}$', maxLength: 64 }))),
    permissions: readOnly(textArray({ maxItems: 100, maxLength: 130, examples: [['users:find']] })),
    expires_at: readOnlyTimestamp,
    last_used: readOnlyTimestamp,
    revoked_at: readOnlyTimestamp,
    is_active: computed(boolean(), 'revoked_at is null')
  },
  relations: { user: { one: 'user_id' } },
  access: { read: [mine, role('admin')], create: authenticated, update: mine },
  create: {
    input: keyInput,
    output: Type.Object({
      id: Type.Integer(), user_id: Type.Integer(), name, prefix: Type.String({ examples: [EXAMPLE_PREFIX] }), permissions: Type.Array(Type.String({ examples: ['users:find'] })),
      expires_at: Type.Union([Type.String({ format: 'date-time' }), Type.Null()]),
      last_used: Type.Union([Type.String({ format: 'date-time' }), Type.Null()]),
      revoked_at: Type.Union([Type.String({ format: 'date-time' }), Type.Null()]), is_active: Type.Boolean(),
      created_at: Type.String({ format: 'date-time' }), updated_at: Type.String({ format: 'date-time' }),
      /** Shown this once. */
      key: Type.String({ examples: [`rk_${EXAMPLE_PREFIX}_RdVTNKsPSWYTF7MBHQK3l1jCbFbBkgEQqLNbhyqzYmU`] })
    }),
    run: createKey
  }, // prettier-ignore
  actions: {
    revoke: {
      summary: 'Make a key useless, at once and for good',
      input: Type.Object({}, strict),
      access: [mine, role('admin')],
      async run(_input, { app, record, table, user, params }): Promise<void> {
        if (record.revoked_at) return
        const now = new Date()
        await table().where({ id: record.id }).update({ revoked_at: now, updated_at: now })
        const details = { key_id: record.id, by: user?.id ?? null }
        await recordSecurity(app, 'api_key_revoked', {
          ...partOf(params),
          user_id: record.user_id,
          details
        })
      }
    }
  },
  indexes: ['user_id']
})

declare module '../../../declare/declarations' {
  interface ServiceTypes {
    'api-keys': ServiceOf<typeof apiKeys>
  }
}
