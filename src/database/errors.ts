import { ERROR } from '@feathersjs/knex'
import type { Constraint } from '../compilers/table'
import type { Model } from '../compilers/model'
import { ApiError, invalid, meaningOf, missing, passing, toApiError } from '../errors'
import type { Meaning } from '../errors'

interface SqlError {
  code?: string
  constraint?: string
  column?: string
  detail?: string
}
type Constraints = ReadonlyMap<string, Constraint>

export const constraintsOf = (models: readonly Model[]): Constraints =>
  new Map(
    models.flatMap(({ table }) =>
      (table?.constraints ?? []).map((constraint) => [constraint.name, constraint] as const)
    )
  )

const cause = (error: SqlError) => ({ cause: error })

const duplicate = (error: SqlError, { fields }: Pick<Constraint, 'fields'>) => {
  const message = `${fields.join(' and ') || 'This value'} is already taken`
  const details = fields.map((field) => ({ field, message: 'is already taken', rule: 'unique' }))

  return new ApiError('DUPLICATE', { message, details, ...cause(error) })
}

const reference = (error: SqlError, { fields, references }: Partial<Constraint>, method: string) => {
  if (method === 'remove' || error.code === '23001' || error.detail?.includes('still referenced'))
    return new ApiError('STILL_REFERENCED', cause(error))

  return missing(fields?.[0], references, error)
}

const violated = (field: string | undefined, message: string, rule: string) =>
  invalid([{ ...(field ? { field } : {}), message, rule }])
const COMPARISON = /^\s*(\w+)\s*(<=|>=|<|>)\s*(\w+)\s*$/
const WORDS: Readonly<Record<string, readonly [left: string, right: string]>> = {
  '<=': ['must be at most', 'must be at least'],
  '>=': ['must be at least', 'must be at most'],
  '<': ['must be less than', 'must be more than'],
  '>': ['must be more than', 'must be less than']
}

/**
 * A declared condition as a sentence about one of its columns, without SQL.
 *
 * @example sentenceOf('current_stock <= max_stock', 'current_stock') // 'must be at most max_stock'
 */
const sentenceOf = (sql: string, field: string): string => {
  const [, left, operator = '', right] = COMPARISON.exec(sql) ?? []
  const [ofLeft, ofRight] = WORDS[operator] ?? []
  if (ofLeft === undefined) return 'does not fit the other fields that are named here'

  return field === left ? `${ofLeft} ${right}` : `${ofRight} ${left}`
}

/** A condition between columns is told of each of them. */
const broken = ({ fields = [], expected }: Partial<Constraint> = {}) =>
  expected === undefined
    ? violated(fields[0], 'is not an allowed value', 'check')
    : invalid(fields.map((field) => ({ field, message: sentenceOf(expected, field), rule: 'check' })))
const again = (error: SqlError) =>
  new ApiError('CONFLICT', {
    message: 'Somebody else changed this at the same time; try again',
    ...cause(error)
  })
const tooComplex = (error: SqlError) =>
  new ApiError('BAD_REQUEST', { message: 'The request is too complex', ...cause(error) })
/** A value that its type cannot hold, or an index no more. */
const unstorable = () => violated(undefined, 'a value cannot be stored', 'value')

type Translate = (error: SqlError, constraint: Constraint | undefined, method: string) => ApiError
/** What the caller can mend. All else is told alike, whoever asked. */
const BY_MEANING: Partial<Record<Meaning, Translate>> = {
  duplicate: (error, constraint) => duplicate(error, constraint ?? { fields: [] }),
  reference: (error, constraint, method) => reference(error, constraint ?? {}, method),
  check: (_error, constraint) => broken(constraint),
  required: ({ column }) => violated(column, 'is required', 'required'),
  conflict: again,
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
  method = ''
): ApiError | undefined => {
  const inner = (thrown as Record<symbol, unknown> | null)?.[ERROR] as SqlError | undefined
  const known = refusal((inner ?? thrown) as SqlError | null, constraints, method)

  return inner ? adapterError(inner, known, method) : known
}

const refusal = (error: SqlError | null, constraints: Constraints, method: string): ApiError | undefined => {
  const meaning = error ? meaningOf(error) : undefined
  if (!error || !meaning) return undefined
  const translate = BY_MEANING[meaning]

  return translate?.(error, constraints.get(error.constraint ?? ''), method) ?? passing(error)
}
