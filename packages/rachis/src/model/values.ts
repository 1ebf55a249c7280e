import type { FieldInfo } from '../declare'
import { isRounded, typeInfo } from '../declare/column-types'
import { isFreeText } from '../declare/operators'
import type { ErrorDetail } from '../errors/errors'
import { repeated, validationError } from '../errors/errors'

export const describeType = ({ enum: options, type }: FieldInfo) =>
  options ? `one of ${options.join(', ')}` : (typeInfo(type).query?.words ?? type)

/** No record has it, since PostgreSQL does not store it: that the text is a text, and short, would help nobody. */
const unstorable = ({ name, type }: FieldInfo, value: unknown): ErrorDetail | undefined =>
  typeof value === 'string' && value.includes('\0') && typeInfo(type).isText
    ? { field: name, message: 'must not contain the character U+0000', rule: 'type', hint: 'Leave it out: no text here has it' } // prettier-ignore
    : undefined

const problem = (field: FieldInfo, value: unknown): ErrorDetail => ({
  field: field.name,
  message: `must be ${describeType(field)}${isRounded(value) ? ': send whole numbers beyond 9007199254740991 as a text' : ''}`,
  rule: field.enum ? 'enum' : 'type',
  expected: field.enum ?? typeInfo(field.type).query?.words,
  ...(field.hidden || typeof value === 'object'
    ? {}
    : { provided: typeof value === 'string' ? repeated(value) : value })
})

/**
 * A value out of a query, where everything may be a string, in the type of its field.
 *
 * @example readValue(price, '12.50') // 12.5
 * @throws VALIDATION_ERROR with the field and what was expected
 */
export const readValue = (field: FieldInfo, value: unknown): unknown => {
  if (value === null || (value === 'null' && !typeInfo(field.type).isText)) return null
  const read = typeInfo(field.type).query?.read(value, field)
  if (read === undefined) throw validationError([unstorable(field, value) ?? problem(field, value)])

  return read
}

/** `a,b` is the list that `[]=a&[]=b` is. */
export const listOf = (value: unknown): unknown => (typeof value === 'string' ? value.split(',') : value)

/** The values of a list in either spelling, not yet read: only a free text may hold a comma itself. Undefined where it is no list. */
export const valuesOf = (field: FieldInfo, value: unknown): unknown[] | undefined => {
  const list = listOf(value)
  if (!Array.isArray(list) || isFreeText(field)) return Array.isArray(list) ? list : undefined

  return list.flatMap((item) => (Array.isArray(item) ? [item] : listOf(item)))
}

/** An id out of a path or a call; undefined where no record could have it. `01` and `1e0` are no other names of 1. */
export const readId = (field: FieldInfo, value: unknown): string | number | undefined => {
  const read = typeInfo(field.type).query?.read(value, field)
  if (read === undefined || (typeof read === 'number' && (read < 1 || String(read) !== String(value))))
    return undefined

  return read as string | number
}
