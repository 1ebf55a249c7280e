import type { Model } from '../../model/model'
import { maySometimesWrite, mayWrite } from '../../rules/policy'
import type { User } from '../../rules/policy'
import type { Precondition } from '../../sql/preconditions'
import type { Written } from '../../model/schemas'
import { fieldsSchema, readBack } from '../../model/schemas'
import { sightOfField } from '../../rules/scopes'
import type { Validate } from '../../model/validator'
import { shapeProblem } from '../../model/shape'
import { lazyValidator } from '../../model/validator'
import { ApiError, validationError } from '../../errors/errors'
import type { FieldInfo } from '../../declare'
import { beforehand } from './phased'
import type { CallContext, Hook } from './context'
import { isExternal } from './context'
import { isObject } from '../../util/is-object'

type Json = Record<string, unknown>
type Refusal = () => ApiError

/** Why a client may not write this field, in words. */
export const readOnlyMessage = ({ writable }: FieldInfo, method: Written): string =>
  writable === 'create' && method !== 'create'
    ? 'cannot be changed'
    : 'is set by the server and cannot be written'

const readOnlyError = (field: FieldInfo, method: Written) => () => {
  const message = `${readOnlyMessage(field, method)}: leave it out, or send it as the record has it now`
  return validationError([{ field: field.name, message, rule: 'read_only' }])
}

/** The refusal of a field that this user may not write. */
export const guardedError =
  ({ name }: Pick<FieldInfo, 'name'>): Refusal =>
  () =>
    new ApiError('FORBIDDEN', { field: name, message: `You may not write ${name}` })

const unchanged = (
  model: Model,
  user: User,
  { name: column }: FieldInfo,
  value: unknown,
  refusal: Refusal
): Precondition => ({
  kind: 'unchanged',
  column,
  value,
  restrict: sightOfField(model, column, user),
  refusal
})

/** Takes these fields out of the data; the write then asks that they are as they are sent. */
const take = (
  context: CallContext,
  model: Model,
  fields: readonly (readonly [FieldInfo, Refusal])[],
  isValid: Validate
) => {
  const data = { ...(context.data as Json) }
  const { preconditions = [], user } = context.params
  const asked = fields.map(([field, refusal]) => {
    const value = data[field.name]
    // What the column cannot hold is not what was read.
    if (isValid({ [field.name]: value }).length > 0 || shapeProblem(value)) throw refusal()
    delete data[field.name]

    return unchanged(model, user, field, value, refusal)
  })
  context.data = data
  context.params = { ...context.params, preconditions: [...preconditions, ...asked] }
}

/** What the caller may read, as the authorization of the call found it. */
const readableOf = ({ params: { access } }: CallContext): readonly string[] => access?.columns ?? []

/**
 * What was read can be sent back: a PUT or PATCH may carry what only the server writes, as long as it is unchanged. It is compared in
 * the statement of the write, and only for who may read the record and the field: anybody else would learn the value by trying.
 */
export const acceptUnchanged = (model: Model, method: Written): Hook => {
  const fields = readBack(model, method)
  const validate = lazyValidator(fieldsSchema(fields))

  return beforehand((context) => {
    if (!isExternal(context) || !isObject(context.data)) return
    const { data } = context
    const readable = readableOf(context)
    const sent = fields.filter(({ name }) => Object.hasOwn(data, name) && readable.includes(name))
    if (sent.length > 0)
      take(context, model, sent.map((field) => [field, readOnlyError(field, method)] as const), validate) // prettier-ignore
  })
}

/** Of these fields those of which it depends on the record whether this user may write them. */
const guardedOf = (model: Model, fields: readonly FieldInfo[], method: Written, context: CallContext) => {
  const names = fields
    .map(({ name }) => name)
    .filter((name) => maySometimesWrite(model, name, context.params.user))
  const sent = ([context.data].flat() as object[]).map((row) =>
    names.filter((name) => Object.hasOwn(row, name))
  )
  const leftOut = method === 'update' ? names.filter((name) => !sent[0]!.includes(name)) : []

  return sent.some(({ length }) => length > 0) || leftOut.length > 0 ? { sent, leftOut } : undefined
}

/**
 * Refuses fields that this user may not write, but for what a PUT or PATCH leaves as it is. What depends on the record is left to
 * `authorizeWritten`; unknown and read-only fields are the schema's business.
 */
export const authorizeFields = (model: Model, method: Written): Hook => {
  const ruled = [...model.fields.values()].filter(({ write }) => write !== true)
  const validate = lazyValidator(fieldsSchema(ruled))

  return beforehand((context) => {
    if (!isExternal(context) || ruled.length === 0) return
    const { user } = context.params
    const rows = [context.data].flat() as object[]
    const sent = ruled.filter(
      ({ name }) => rows.some((row) => Object.hasOwn(row, name)) && !mayWrite(model, name, user)
    )
    const readable = method === 'create' ? [] : readableOf(context)
    const refused = sent.find(({ name }) => !readable.includes(name))
    if (refused) throw guardedError(refused)()
    const guarded = guardedOf(model, ruled, method, context)
    if (guarded) context.params = { ...context.params, guarded }
    if (sent.length > 0)
      take(context, model, sent.map((field) => [field, guardedError(field)] as const), validate) // prettier-ignore
  })
}
