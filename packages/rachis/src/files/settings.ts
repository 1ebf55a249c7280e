import { Type } from '@feathersjs/typebox'
import type { Static } from '@feathersjs/typebox'
import type { Settings } from '../declare/declarations'
import { CommaList, defineSettings } from '../settings/declaration'

const count = () => Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER })

const schema = Type.Object({
  files: Type.Object({
    storage: Type.Union([Type.Literal('disk'), Type.Literal('s3')]),
    folder: Type.String({ minLength: 1 }),
    max_size: count(),
    types: CommaList(),
    owner_bytes: count(),
    owner_count: count(),
    upload_ttl: count(),
    orphan_ttl: count(),
    s3: Type.Object({
      bucket: Type.String(),
      region: Type.String(),
      endpoint: Type.String(),
      prefix: Type.String(),
      path_style: Type.Boolean()
    })
  })
})

const files: Static<typeof schema>['files'] = {
  storage: 'disk',
  folder: 'files',
  max_size: 26_214_400,
  types: ['image/png', 'image/jpeg', 'image/gif', 'image/webp', 'image/avif', 'application/pdf', 'text/plain'], // prettier-ignore
  owner_bytes: 1_073_741_824,
  owner_count: 10_000,
  upload_ttl: 86_400,
  orphan_ttl: 86_400,
  s3: { bucket: '', region: 'us-east-1', endpoint: '', prefix: '', path_style: false }
}

const problems = ({ files: { storage, s3 } }: Settings): string[] =>
  storage === 's3' && s3.bucket === ''
    ? ['files.storage is s3 and files.s3.bucket is empty; set FILES_S3_BUCKET']
    : []

/** The settings of files. docs/files.md explains each. */
export const filesSettings = defineSettings({
  schema,
  defaults: { files },
  variables: {
    files: {
      storage: 'FILES_STORAGE',
      folder: 'FILES_FOLDER',
      max_size: 'FILES_MAX_SIZE',
      types: 'FILES_TYPES',
      owner_bytes: 'FILES_OWNER_BYTES',
      owner_count: 'FILES_OWNER_COUNT',
      s3: {
        bucket: 'FILES_S3_BUCKET',
        region: 'FILES_S3_REGION',
        endpoint: 'FILES_S3_ENDPOINT',
        prefix: 'FILES_S3_PREFIX',
        path_style: 'FILES_S3_PATH_STYLE'
      }
    }
  },
  prefixes: ['FILES_'],
  problems
})
export type FilesSettings = Static<typeof schema>

declare module '../declare/declarations' {
  interface Settings extends FilesSettings {}
}
