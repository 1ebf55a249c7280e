import { typeInfo } from '../../column-types'
import type { FieldInfo } from '../../field-info'

const sizeOf = (value: unknown) =>
  Array.isArray(value) ? value.length : typeof value === 'string' ? [...value].length : undefined

const isOutside = (value: number | undefined, least: unknown, most: unknown) =>
  value !== undefined && (value < ((least as number) ?? -Infinity) || value > ((most as number) ?? Infinity))

const isCut = (value: unknown, { type }: FieldInfo) =>
  typeof value === 'number' && typeInfo(type).rounds?.(value) === true

/** `fieldTypes` reports a pattern that is not a regular expression. */
const isUnlike = (value: unknown, pattern: unknown) => {
  try {
    return typeof value === 'string' && typeof pattern === 'string' && !new RegExp(pattern, 'u').test(value)
  } catch {
    return false
  }
}

/** Whether a value of the column's type is outside of what the field takes. */
export const breaksConstraint = (value: unknown, field: FieldInfo): boolean => {
  const { minimum, maximum, minLength, maxLength, minItems, maxItems, pattern } = field.value
  const isNumber = typeof value === 'number'

  return (
    isOutside(isNumber ? value : undefined, minimum, maximum) ||
    isOutside(sizeOf(value), minLength ?? minItems, maxLength ?? maxItems) ||
    isCut(value, field) ||
    isUnlike(value, pattern)
  )
}
