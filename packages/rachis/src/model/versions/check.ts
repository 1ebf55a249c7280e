import type { ErrorDetail } from '../../errors/errors'
import { validationError } from '../../errors/errors'
import { isObject } from '../../util/is-object'
import { firstDetails } from '../excess'
import type { Model } from '../model'
import { fieldsSchema } from '../schemas'
import type { Validate } from '../validator'
import { lazyValidator } from '../validator'
import { fieldsOf } from './model'

const NOTHING: readonly ErrorDetail[] = []

/**
 * What is wrong with the data of a version, where that concerns a field with a schema of its own: then with all the fields that were sent.
 * Anything else is found out in the present shape.
 */
const checkOf = (model: Model, version: number): Validate => {
  const present = new Set([...model.fields.values()].map(({ schema }) => schema))
  const all = fieldsOf(model, version).filter(({ writable, normalize }) => writable !== 'never' && !normalize)
  const own = new Set(all.filter(({ schema }) => !present.has(schema)).map(({ name }) => name))
  if (own.size === 0) return () => NOTHING
  const validate = lazyValidator(fieldsSchema(all))

  return (data) => {
    if (!isObject(data)) return NOTHING
    const sent = all.filter(({ name }) => Object.hasOwn(data, name)).map(({ name }) => [name, data[name]])
    const details = validate(Object.fromEntries(sent))
    return details.some(({ field = '' }) => own.has(field.split('.', 1)[0]!)) ? details : NOTHING
  }
}

const detailsIn = (model: Model, check: Validate, data: unknown): readonly ErrorDetail[] => {
  if (!Array.isArray(data)) return check(data)
  // A list that is longer is refused as such.
  const rows = data.slice(0, model.batch).entries()

  return firstDetails(rows, ([index, row]) => check(row).map((one) => ({ ...one, field: `${index}.${one.field}` })))
} // prettier-ignore

/**
 * Checks what a client of an older version sends by the schemas that fields have there, before it is converted. Validators are made once
 * for each version.
 *
 * @example oldDataCheck(articles)(1, { price: -1 }) // throws VALIDATION_ERROR: price must be >= 0
 */
export const oldDataCheck = (model: Model): ((version: number, data: unknown) => void) => {
  const checks = new Map<number, Validate>()

  return (version, data) => {
    if (!checks.has(version)) checks.set(version, checkOf(model, version))
    const details = detailsIn(model, checks.get(version)!, data)
    if (details.length > 0) throw validationError(details)
  }
}
