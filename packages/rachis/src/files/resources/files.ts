import { $user, anyone, defineResource, owner, readOnly, role, text, Type } from '../../declare'
import { BIGINT } from '../../declare/column-types'
import type { ReportContext, ServiceOf } from '../../declare'

const strict = { additionalProperties: false }

const contentInput = Type.Object(
  {
    file_id: Type.String({ format: 'uuid' }),
    variant: Type.Optional(Type.String({ pattern: '^[a-z][a-z0-9_]{0,30}$', description: 'A smaller picture that the application declares' })) // prettier-ignore
  },
  strict
)
const described = Type.Object(
  {
    name: Type.String(),
    type: Type.String(),
    size: Type.Integer(),
    sha256: Type.String(),
    url: Type.String({ description: 'Where REST sends the bytes' })
  },
  strict
)

const limitsInput = Type.Object(
  {
    field: Type.Optional(Type.String({ maxLength: 200, description: 'A field of files that you may write, such as `posts.picture_id`' })) // prettier-ignore
  },
  strict
)
const limits = Type.Object(
  {
    types: Type.Array(Type.String(), { description: 'Media types, also as ranges such as `image/*`' }),
    max_size: Type.Integer({ description: 'Bytes' }),
    variants: Type.Array(
      Type.Object({ name: Type.String(), width: Type.Optional(Type.Integer()), height: Type.Optional(Type.Integer()) }, strict), // prettier-ignore
      { description: 'Smaller pictures that `content` can be asked for' }
    )
  },
  strict
)

/** What somebody has uploaded. Its bytes are shown to whoever may read it, or a record that refers to it. */
export const files = defineResource('files', {
  description: 'Files that were uploaded: `POST /files` with a form, or resumably by tus at `/uploads`',
  id: 'uuid',
  fields: {
    user_id: owner('users'),
    name: readOnly(text({ maxLength: 255, examples: ['green-tea.png'] })),
    type: readOnly(text({ maxLength: 255, examples: ['image/png'] })),
    size: readOnly(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, column: BIGINT.name, examples: [34_567] })), // prettier-ignore
    sha256: readOnly(text({ minLength: 64, maxLength: 64, pattern: '^[0-9a-f]+$' }))
  },
  access: {
    read: [{ user_id: $user.id }, role('admin')],
    remove: [{ user_id: $user.id }, role('admin')]
  },
  indexes: ['created_at'],
  signed_links: ['get', 'content'],
  reports: {
    content: {
      summary: 'Send the bytes of a file, or a range of them',
      input: contentInput,
      output: described,
      bytes: true,
      access: anyone,
      http: { path: '{file_id}/content' },
      run: (input, context: ReportContext) => context.app.get('fileStore').content(input, context)
    },
    limits: {
      summary: 'What files may be: those of a field, or any',
      input: limitsInput,
      output: limits,
      access: anyone,
      run: async ({ field }, { app, user }) => app.get('fileStore').limitsFor(field, user)
    }
  }
})

declare module '../../declare/declarations' {
  interface ServiceTypes {
    files: ServiceOf<typeof files>
  }
}
