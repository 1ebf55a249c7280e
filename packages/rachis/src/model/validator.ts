import { Ajv, addFormats } from '@feathersjs/schema'
import type { TSchema } from '@feathersjs/typebox'
import { _ } from 'ajv'
import type { ErrorObject, FuncKeywordDefinition, ValidateFunction } from 'ajv'
import type { ErrorDetail } from '../errors/errors'
import { repeated } from '../errors/errors'
import { excessOf, firstDetails, MAX_DETAILS } from './excess'
import { emailOf } from '../declare'
import { instantOf, isRounded } from '../declare/column-types'

const OPTIONS = { allErrors: true, verbose: true, strict: false }

/**
 * In binary 0.07 is not quite 7 times 0.01, and the larger an amount the further it is from its multiple. Ajv's own
 * `multipleOfPrecision` is the same for all: six digits refuse amounts of a thousand million, three take a third decimal.
 */
const isMultiple = (step: number, value: number): boolean => {
  const times = value / step
  return Math.abs(Math.round(times) - times) <= Math.max(1e-6, Math.abs(times) * 2 ** -51)
}

const multipleOf: FuncKeywordDefinition = {
  keyword: 'multipleOf',
  type: 'number',
  schemaType: 'number',
  validate: isMultiple,
  errors: false,
  error: { message: 'must be a multiple', params: ({ schemaCode }) => _`{ multipleOf: ${schemaCode} }` }
}

const ajvWith = (options: object) => {
  const ajv = addFormats(new Ajv({ ...OPTIONS, ...options }), [
    'date',
    'uri',
    'uuid',
    'ipv4',
    'ipv6',
    'hostname'
  ])
  ajv.removeKeyword('multipleOf').addKeyword(multipleOf)
  ajv.addFormat('password', true)
  // The plugin's own takes neither Bücher.example nor spaces around, and takes a@1.2.3.4.
  ajv.addFormat('email', (value: string) => emailOf(value) !== undefined)
  // The plugin's own date-time takes leap seconds and year 0, which neither Date nor timestamptz does. A date alone is its midnight in
  // UTC, as it is in a filter.
  ajv.addFormat('date-time', {
    type: 'string',
    validate: (value: string) => instantOf(value) !== undefined
  })

  return ajv
}
const exact = ajvWith({})
const filling = ajvWith({ useDefaults: true })
/** To compile a schema for one value takes longer than to check that value: neither is the code made short, nor the schema checked. */
const BRIEF = { validateSchema: false, code: { optimize: false } }
const brief = ajvWith(BRIEF)
/** The code that tells of every error takes half as long again to compile, and most values have none. */
const judging = ajvWith({ ...BRIEF, allErrors: false, verbose: false, messages: false })

type Params = Record<string, unknown>
const FORMATS: Record<string, string> = {
  email: 'an email address',
  'date-time': 'a time such as 2026-01-31T12:00:00Z'
}

const MESSAGES: Record<string, (params: Params) => string> = {
  required: () => 'is required',
  additionalProperties: () => 'is not a field that can be written',
  type: ({ type }) => `must be ${[type].flat().join(' or ')}`,
  enum: ({ allowedValues }) => `must be one of ${(allowedValues as unknown[]).join(', ')}`,
  format: ({ format }) => `must be ${FORMATS[format as string] ?? `a valid ${String(format)}`}`,
  minimum: ({ limit }) => `must be >= ${String(limit)}`,
  maximum: ({ limit }) => `must be <= ${String(limit)}`,
  minLength: ({ limit }) => `must have at least ${String(limit)} characters`,
  maxLength: ({ limit }) => `must have at most ${String(limit)} characters`,
  minItems: ({ limit }) => `must have at least ${String(limit)} items`,
  maxItems: ({ limit }) => `must have at most ${String(limit)} items`,
  minProperties: ({ limit }) =>
    `must have at least ${String(limit)} ${limit === 1 ? 'property' : 'properties'}`,
  multipleOf: ({ multipleOf }) =>
    multipleOf === 0.01 ? 'must have at most 2 decimals' : `must be a multiple of ${String(multipleOf)}`
}

const expectedOf = (params: Params) =>
  params.limit ?? params.allowedValues ?? params.format ?? params.type ?? params.pattern ?? params.multipleOf

const fieldOf = ({ instancePath, params }: ErrorObject): string => {
  const { missingProperty, additionalProperty } = params as {
    missingProperty?: string
    additionalProperty?: string
  }
  const path = instancePath
    .split('/')
    .slice(1)
    .map((step) => step.replace(/~1/g, '/').replace(/~0/g, '~'))

  return [...path, missingProperty ?? additionalProperty].filter((step) => step !== undefined).join('.')
}

const isSecret = ({ parentSchema }: ErrorObject) => parentSchema?.format === 'password'
const isPlain = (value: unknown) => ['string', 'number', 'boolean'].includes(typeof value)

const detailOf = (error: ErrorObject): ErrorDetail => {
  const { keyword, params, data } = error
  const expected = expectedOf(params as Params)
  const provided = typeof data === 'string' ? repeated(data) : data

  return {
    ...(fieldOf(error) ? { field: fieldOf(error) } : {}),
    message: MESSAGES[keyword]?.(params as Params) ?? error.message ?? 'is not valid',
    rule: keyword,
    ...(expected === undefined ? {} : { expected }),
    ...(isPlain(provided) && !isSecret(error) ? { provided } : {})
  }
}

interface ConstantSchema {
  readonly const?: unknown
}
const literalsOf = ({ keyword, schema }: ErrorObject): readonly unknown[] | undefined => {
  if (keyword !== 'anyOf' || !Array.isArray(schema)) return undefined
  const alternatives = schema as readonly ConstantSchema[]

  return alternatives.every((one) => one.const !== undefined)
    ? alternatives.map((one) => one.const)
    : undefined
}

/** A union of literals is told as one list of words, and not by an error for each of them. */
const withUnions = (errors: readonly ErrorObject[]): readonly ErrorObject[] => {
  const unions = errors.filter((error) => literalsOf(error) !== undefined)
  if (unions.length === 0) return errors
  const isPart = ({ instancePath, schemaPath }: ErrorObject) =>
    unions.some((one) => one.instancePath === instancePath && schemaPath.startsWith(`${one.schemaPath}/`))

  return errors
    .filter((error) => !isPart(error))
    .map((error) => {
      const allowedValues = literalsOf(error)
      return allowedValues ? { ...error, keyword: 'enum', params: { allowedValues } } : error
    })
}

/** Ajv's errors as details, also those of other Ajv instances than ours. */
export const detailsOf = (errors: readonly ErrorObject[]): ErrorDetail[] =>
  withUnions(errors).slice(0, MAX_DETAILS).map(detailOf)

/** What is wrong with one value, by a schema that nothing else is checked by. */
export const validateOnce = (schema: TSchema, value: unknown): readonly ErrorDetail[] => {
  if (judging.compile(schema)(value)) return []
  const validate = brief.compile(schema)
  return validate(value) ? [] : detailsOf(validate.errors ?? [])
}

export type Validate = (data: unknown) => readonly ErrorDetail[]

/**
 * A check for a schema, which fills defaults into the data where asked; it compiles at its first use, since compiling all of them would slow the start.
 *
 * @example lazyValidator(schema)({ price: -1 }) // [{ field: 'price', message: 'must be >= 0', rule: 'minimum', … }]
 */
export const lazyValidator = (schema: TSchema, { defaults = false } = {}): Validate => {
  let validate: ValidateFunction | undefined
  const ajv = defaults ? filling : exact

  return (data) => {
    const excess = excessOf(schema, data)
    if (excess.length > 0) return excess
    validate ??= ajv.compile(schema)
    return validate(data) ? [] : detailsOf(validate.errors ?? [])
  }
}

/**
 * The whole numbers of a value, at any depth, that JSON.parse may have rounded: at most fifty of them.
 *
 * @example roundedDetails({ items: [{ weight: 2 ** 53 }] })[0].field // 'items.0.weight'
 */
export const roundedDetails = (value: unknown, path = ''): ErrorDetail[] => {
  if (typeof value !== 'object' || value === null) return []
  const items = Array.isArray(value) ? value.entries() : Object.entries(value)

  return firstDetails<[string | number, unknown]>(items, ([key, inner]) => {
    if (typeof inner !== 'number' && typeof inner !== 'object') return NOTHING
    const field = path === '' ? String(key) : `${path}.${key}`
    return isRounded(inner) ? [roundedDetail(field)] : roundedDetails(inner, field)
  })
}
const NOTHING: readonly ErrorDetail[] = []
const roundedDetail = (field: string): ErrorDetail => ({
  field,
  message: ROUNDED,
  rule: 'maximum',
  expected: Number.MAX_SAFE_INTEGER
})
const ROUNDED = `must not contain a whole number beyond ${Number.MAX_SAFE_INTEGER}: send it as a text`
