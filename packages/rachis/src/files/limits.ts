import type { FieldInfo } from '../declare'
import { ApiError, validationError } from '../errors/errors'
import type { Model } from '../model/model'
import type { User } from '../rules/policy'
import { mayApply, mayWrite } from '../rules/policy'
import { similar } from '../util/similar'
import { errors } from './errors'
import { isTaken } from './media-type'
import type { FilesSettings } from './settings'

/** What a file may be. */
export interface FileLimits {
  readonly types: readonly string[]
  /** Bytes. */
  readonly max_size: number
}

/** A field that refers to files, of any declaration. */
export interface FileField {
  readonly model: Model
  readonly field: FieldInfo
}

/** All fields that refer to files, by `resource.field`. */
export const fileFields = (models: readonly Model[]): ReadonlyMap<string, FileField> =>
  new Map(
    models.flatMap((model) =>
      [...model.fields.values()]
        .filter(({ references }) => references?.resource === 'files')
        .map((field) => [`${model.name}.${field.name}`, { model, field }] as const)
    )
  )

/** Whether a user may make a record, or change one, and write the field with it. */
const mayBeWritten = ({ model, field }: FileField, user: User): boolean =>
  mayWrite(model, field.name, user) &&
  model.operations.some(({ data, rule }) => data === 'fields' && mayApply(rule, user))

/** Those that a user may write in some record. */
export const writableBy = (
  fields: ReadonlyMap<string, FileField>,
  user: User
): ReadonlyMap<string, FileField> => new Map([...fields].filter(([, one]) => mayBeWritten(one, user)))

interface Condition {
  readonly type?: { readonly $in?: readonly string[] }
  readonly size?: { readonly $lte?: number }
}

const declaredLimits = ({ field }: FileField, settings: FilesSettings['files']): FileLimits => {
  const { type, size } = (field.references?.where ?? {}) as Condition
  const max_size = Math.min(size?.$lte ?? Infinity, settings.max_size)

  return { types: type?.$in ?? settings.types, max_size }
}

/**
 * What a file that is meant for a field may be; for none, what the settings allow.
 *
 * @throws VALIDATION_ERROR for a field that does not refer to files
 */
export const limitsFor = (
  fields: ReadonlyMap<string, FileField>,
  name: string | null | undefined,
  settings: FilesSettings['files']
): FileLimits => {
  if (name === null || name === undefined) return settings
  const found = fields.get(name)
  if (found) return declaredLimits(found, settings)
  const near = similar(name, [...fields.keys()])

  throw validationError([
    { field: 'field', message: 'must be a field that refers to files', rule: 'known', hint: near ? `Did you mean ${near}?` : 'Write the resource and its field: <resource>.<field>' }
  ]) // prettier-ignore
}

export const tooLargeFile = (max_size: number): ApiError =>
  new ApiError(errors.FILE_TOO_LARGE, { hint: `Send at most ${max_size} bytes` })

/** @throws FILE_TYPE_REFUSED */
export const assertType = (type: string, { types }: FileLimits): void => {
  if (isTaken(type, types)) return
  const message = `The content is ${type}, which is not taken`
  throw new ApiError(errors.FILE_TYPE_REFUSED, { message, hint: `Send one of ${types.join(', ')}` })
}
