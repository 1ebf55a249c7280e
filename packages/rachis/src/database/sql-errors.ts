import { ERROR } from '@feathersjs/knex'
import { typeInfo } from '../declare/column-types'
import { declaredMessage, sentenceOf } from '../model/check-sentence'
import type { Model } from '../model/model'
import type { Reader } from '../model/reader'
import type { Constraint } from '../model/table'
import { ApiError, validationError, meaningOf, missingReference, passing, toApiError } from '../errors/errors'
import type { Meaning } from '../errors/errors'

interface SqlError {
  code?: string
  constraint?: string
  column?: string
  detail?: string
}
/** A constraint with the resource whose table has it. */
interface Owned extends Constraint {
  readonly model: Model
}
type Constraints = ReadonlyMap<string, Owned>
/** The call that was refused: an error names to its reader only what they may read. */
export interface RefusedCall {
  readonly method: string
  readonly reader: Reader
}

export const constraintsOf = (models: readonly Model[]): Constraints =>
  new Map(
    models.flatMap((model) =>
      (model.table?.constraints ?? []).map(
        (constraint) => [constraint.name, { ...constraint, model }] as const
      )
    )
  )

const cause = (error: SqlError) => ({ cause: error })

/** A sequence of the database gives out these ids, and it was set back, as by a restore. Each try moves it on. */
const isGenerated = ({ kind, model }: Partial<Owned>) =>
  kind === 'primary key' && typeInfo(model?.fields.get('id')!.type).id?.default === undefined
const idTaken = (error: SqlError) =>
  new ApiError('UNAVAILABLE', {
    message: 'The next id was taken already; try again',
    headers: { 'Retry-After': '1' },
    ...cause(error)
  })

const duplicate = (error: SqlError, constraint: Pick<Constraint, 'fields'> & Partial<Owned>) => {
  if (isGenerated(constraint)) return idTaken(error)
  const { fields } = constraint
  const message = `${fields.join(' and ') || 'This value'} is already taken`
  const details = fields.map((field) => ({ field, message: 'is already taken', rule: 'unique' }))

  return new ApiError('DUPLICATE', { message, details, ...cause(error) })
}

/** The columns that this reader may read of every record: which record an error is about is not known here. */
const alwaysRead = (model: Model, reader: Reader): string[] => {
  const masks = reader.masks(model)
  return reader.columns(model).filter((name) => !masks.has(name))
}

/** Whether this reader may read some records of the constraint's resource, and all its columns. */
const mayKnow = ({ model, fields }: Owned, reader: Reader): boolean => {
  const columns = alwaysRead(model, reader)
  return reader.rule(model).kind !== 'false' && fields.every((field) => columns.includes(field))
}

/** The error names the resource whose records refer to this one only to callers who may read those records. */
const stillReferenced = (error: SqlError, constraint: Owned | undefined, reader: Reader) => {
  if (!constraint || !mayKnow(constraint, reader)) return new ApiError('STILL_REFERENCED', cause(error))
  const { path } = constraint.model

  return new ApiError('STILL_REFERENCED', {
    message: `Records of ${path} refer to this one`,
    hint: `Remove the records of ${path} whose ${constraint.fields.join(' and ')} is this one first, or change them`,
    ...cause(error)
  })
}

const reference = (error: SqlError, constraint: Owned | undefined, { method, reader }: RefusedCall) => {
  if (method === 'remove' || error.code === '23001' || error.detail?.includes('still referenced'))
    return stillReferenced(error, constraint, reader)

  return missingReference(constraint?.fields[0], constraint?.references, error)
}

const violated = (field: string | undefined, message: string, rule: string) =>
  validationError([{ ...(field ? { field } : {}), message, rule }])
/** A condition between columns is told of each of them, by the sentence that its declaration has for it, if it has one. */
const brokenCheck = (constraint: Owned | undefined, { reader }: RefusedCall) => {
  const { fields = [], expected } = constraint ?? {}
  if (!constraint || expected === undefined) return violated(fields[0], 'is not an allowed value', 'check')
  const message = declaredMessage(constraint.model, expected)
  const columns = alwaysRead(constraint.model, reader)
  const shown = fields.filter((field) => columns.includes(field))
  const sentence = (field: string) =>
    shown.length === fields.length ? sentenceOf(expected, field) : 'does not fit the rest of the record'
  const details = shown.map((field) => ({ field, message: message ?? sentence(field), rule: 'check' }))
  if (message === undefined) return validationError(details)

  return new ApiError('VALIDATION_ERROR', { message, details })
}
const AGAIN = 'Send the same call again; read the record first if it depends on what that holds'
const conflictError = (error: SqlError) =>
  new ApiError('CONFLICT', {
    message: 'Somebody else changed this at the same time; try again',
    hint: AGAIN,
    ...cause(error)
  })
const tooComplex = (error: SqlError) =>
  new ApiError('BAD_REQUEST', { message: 'The request is too complex', ...cause(error) })
/** A value that its type cannot hold, or an index no more. */
const unstorable = () => violated(undefined, 'a value cannot be stored', 'value')

type Translate = (error: SqlError, constraint: Owned | undefined, call: RefusedCall) => ApiError
/** Refusals that the caller can correct. All others have the same error for every caller. */
const BY_MEANING: Partial<Record<Meaning, Translate>> = {
  duplicate: (error, constraint) => duplicate(error, constraint ?? { fields: [] }),
  reference,
  check: (_error, constraint, call) => brokenCheck(constraint, call),
  required: ({ column }) => violated(column, 'is required', 'required'),
  conflict: conflictError,
  too_complex: tooComplex,
  validation: unstorable
}

/** Calls whose id the Feathers adapter looks up before anything is written. */
const BY_ID = ['get', 'patch', 'remove']

/**
 * What the Feathers Knex adapter, which hand-written services use, makes of the driver's error: it holds PostgreSQL's text, with
 * the statement in it. An id that is no number is refused by PostgreSQL, and means a record that cannot exist.
 */
const adapterError = (error: SqlError, known: ApiError | undefined, method: string): ApiError => {
  if (meaningOf(error) === 'validation' && BY_ID.includes(method)) return new ApiError('NOT_FOUND')
  if (error.code === '42703') return new ApiError('BAD_REQUEST', { message: 'A field is not known here' })

  return known ?? toApiError(error)
}

/**
 * A refusal of PostgreSQL as an error of the catalogue: by SQLSTATE and the name of the constraint, never by its text, which
 * holds SQL and values. Undefined where it is no such refusal.
 *
 * @see https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
export const databaseError = (
  thrown: unknown,
  constraints: Constraints,
  call: RefusedCall
): ApiError | undefined => {
  const inner = (thrown as Record<symbol, unknown> | null)?.[ERROR] as SqlError | undefined
  const known = refusal((inner ?? thrown) as SqlError | null, constraints, call)

  return inner ? adapterError(inner, known, call.method) : known
}

const refusal = (
  error: SqlError | null,
  constraints: Constraints,
  call: RefusedCall
): ApiError | undefined => {
  const meaning = error ? meaningOf(error) : undefined
  if (!error || !meaning) return undefined
  const translate = BY_MEANING[meaning]

  return translate?.(error, constraints.get(error.constraint ?? ''), call) ?? passing(error)
}
