import { $user, authenticated, defineResource, immutable, nullable, owner, readOnly } from '../../declare'
import { text, timestamp, Type } from '../../declare'
import { BIGINT } from '../../declare/column-types'
import type { HookContext } from '../../declare/declarations'
import type { ServiceOf } from '../../declare'
import type { FileStore } from '../file-store'
import { MAX_METADATA, METADATA } from '../tus-headers'

const storeOf = ({ app }: HookContext): FileStore => app.get('fileStore')

const begin = async (context: HookContext): Promise<void> => {
  await storeOf(context).prepare(context)
}
const forget = async (context: HookContext): Promise<void> => {
  await storeOf(context).spool.remove(String(context.id))
}

/** Uploads that are not complete. Each becomes the file with its id. */
export const uploads = defineResource('uploads', {
  description: 'Uploads that are not complete, until they are files or expire',
  id: 'uuid',
  fields: {
    user_id: owner('users'),
    name: immutable(text({ minLength: 1, maxLength: 1000, examples: ['green-tea.png'] })),
    /** Bytes, which whoever begins one says; null of one that comes by a form. */
    length: immutable(nullable(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, column: BIGINT.name }))), // prettier-ignore
    /** What its sender says; the content decides. */
    type: immutable(nullable(text({ maxLength: 255, examples: ['image/png'] }))),
    /** The field that it is meant for, whose limits hold. */
    field: immutable(nullable(text({ maxLength: 200, examples: ['posts.picture_id'] }))),
    /** All that a client of tus says of it, as the header `Upload-Metadata` has it. */
    metadata: immutable(
      nullable(text({ maxLength: MAX_METADATA, pattern: METADATA, examples: ['filename dGVhLnBuZw=='] }))
    ),
    expires_at: readOnly(timestamp())
  },
  access: { read: { user_id: $user.id }, create: authenticated, remove: { user_id: $user.id } },
  indexes: ['expires_at'],
  // Each is bytes that one client sends.
  limits: { batch: 1 },
  hooks: { before: { create: [begin] }, after: { remove: [forget] } }
})

declare module '../../declare/declarations' {
  interface ServiceTypes {
    uploads: ServiceOf<typeof uploads>
  }
}
