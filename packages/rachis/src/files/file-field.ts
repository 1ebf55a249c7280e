import { Type } from '@feathersjs/typebox'
import type { TUnsafe } from '@feathersjs/typebox'
import type { OnDelete } from '../declare/traits'

interface FileOptions {
  /** Media types by content, such as `image/png`; by default those of the setting `files.types`. */
  readonly types?: readonly string[]
  /** Bytes; never more than the setting `files.max_size`. */
  readonly max_size?: number
  /** What becomes of the record where its file is removed. By default the file cannot be. */
  readonly on_delete?: OnDelete
}

/**
 * A field that refers to an uploaded file by its id. Whoever may write the field attaches files that they may read, such as their own, and whoever may read
 * it has the bytes. A list of files is a resource with such a field.
 *
 * @example
 * file({ types: ['image/png'], max_size: 1_000_000 })
 * // { type: 'string', format: 'uuid', references: { resource: 'files', on_delete: 'restrict', where: { type: { $in: ['image/png'] }, size: { $lte: 1000000 } } } }
 */
export const file = ({ types, max_size, on_delete = 'restrict' }: FileOptions = {}): TUnsafe<string> => {
  const where = {
    ...(types ? { type: { $in: types } } : {}),
    ...(max_size === undefined ? {} : { size: { $lte: max_size } })
  }
  const asked = Object.keys(where).length > 0 ? { where } : {}

  return Type.Unsafe<string>({
    type: 'string',
    format: 'uuid',
    references: { resource: 'files', on_delete, ...asked }
  })
}
