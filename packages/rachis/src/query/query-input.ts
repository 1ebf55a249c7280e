import type { TSchema } from '@feathersjs/typebox'
import type { ErrorDetail } from '../errors/errors'
import { ApiError, validationError } from '../errors/errors'
import type { FieldInfo } from '../declare'
import { parameterInfo } from '../declare'
import { firstDetails } from '../model/excess'
import { inputOf } from '../model/input'
import { readValue, valuesOf } from '../model/values'

type Input = Record<string, unknown>
type Properties = Readonly<Record<string, TSchema>>

/** A list and its items, each by the type of the items, as filters read a list. */
const readList = (field: FieldInfo, value: unknown): unknown => {
  const values = valuesOf(field, value)

  return values ? values.map((item) => readValue(field, item)) : value
}

const SCALARS: readonly string[] = ['string', 'number', 'integer', 'boolean']

/** What is neither a scalar nor a list of scalars has one form only: the schema judges it as it came. */
const reads = (name: string, schema: TSchema, value: unknown): unknown => {
  const items = schema.type === 'array' ? parameterInfo(name, schema.items as TSchema) : undefined
  if (items) return readList(items, value)
  if (Array.isArray(value) && SCALARS.includes(schema.type as string))
    throw validationError([{ field: name, message: `must be one value, and not ${value.length}: send it once`, rule: 'type', expected: schema.type }]) // prettier-ignore
  const field = parameterInfo(name, schema)

  return field ? readValue(field, value) : value
}

const detailsOf = (error: unknown): readonly ErrorDetail[] => {
  const details = error instanceof ApiError ? error.toJSON().error.details : undefined
  if (!details) throw error

  return details as ErrorDetail[]
}

/**
 * Reads the values of a question's input in place, by the types of its properties: in a query string everything is a text, and each type
 * is written there as in the filter of a list. What the input has no property for is left as it is.
 *
 * @example
 * const asked = { days: '30', of: 'a,b' }
 * readInput(Type.Object({ days: Type.Integer(), of: textArray() }), asked) // []; asked is { days: 30, of: ['a', 'b'] }
 * @returns what could not be read, as the filters of a list say it
 */
export const readInput = (schema: TSchema, data: Input): ErrorDetail[] => {
  const properties = Object.entries(inputOf(schema).properties as Properties)

  return firstDetails(properties, ([name, property]) => {
    if (data[name] === undefined) return []
    try {
      data[name] = reads(name, property, data[name])
      return []
    } catch (error) {
      return detailsOf(error)
    }
  })
}
