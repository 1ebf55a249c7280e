import type { TSchema } from '@feathersjs/typebox'
import type { ErrorDetail } from '../errors/errors'

/** An error names at most so many details: who sent more mistakes learns nothing from the rest. */
export const MAX_DETAILS = 50

/** The first details that are found; what comes after enough of them is not looked at. */
export const firstDetails = <T>(
  items: Iterable<T>,
  look: (item: T) => readonly ErrorDetail[]
): ErrorDetail[] => {
  const details: ErrorDetail[] = []
  for (const item of items) {
    const found = look(item)
    if (found.length > 0) details.push(...found)
    if (details.length >= MAX_DETAILS) return details.slice(0, MAX_DETAILS)
  }

  return details
}

type Schema = Partial<TSchema> & {
  readonly properties?: Readonly<Record<string, Schema>>
  readonly items?: Schema
  readonly maxItems?: number
}

const named = (path: string, name: string | number) => (path === '' ? String(name) : `${path}.${name}`)
const unknownKey = (field: string): ErrorDetail => ({
  field,
  message: 'is not a field that can be written',
  rule: 'additionalProperties'
})
const tooMany = (field: string, expected: number): ErrorDetail => ({
  ...(field ? { field } : {}),
  message: `must have at most ${expected} items`,
  rule: 'maxItems',
  expected
})

/** Collects what is wrong with the width of a value alone, and stops at the first list or at enough keys. */
class Excess {
  readonly unknown: ErrorDetail[] = []
  list?: ErrorDetail

  get isEnough(): boolean {
    return this.list !== undefined || this.unknown.length >= MAX_DETAILS
  }

  look(schema: Schema, value: unknown, path = ''): void {
    if (typeof value !== 'object' || value === null || this.isEnough) return
    if (Array.isArray(value)) this.lookAtList(schema, value, path)
    else if (schema.properties) this.lookAtObject(schema, value as Record<string, unknown>, path)
  }

  private lookAtList({ items, maxItems = Infinity }: Schema, list: unknown[], path: string): void {
    if (list.length > maxItems) this.list = tooMany(path, maxItems)
    else if (items?.properties) {
      for (const [index, item] of list.entries()) {
        if (this.isEnough) return
        this.look(items, item, named(path, index))
      }
    }
  }

  private lookAtObject(
    { properties = {}, additionalProperties }: Schema,
    value: Record<string, unknown>,
    path: string
  ): void {
    for (const key in value) {
      if (this.isEnough) return
      const inner = Object.hasOwn(properties, key) ? properties[key] : undefined
      if (inner) this.look(inner, value[key], named(path, key))
      else if (additionalProperties === false) this.unknown.push(unknownKey(named(path, key)))
    }
  }
}

/**
 * The details of a value that has far more keys or items than its schema knows, or none. Ajv, told to name all errors, makes an object of
 * each of ten thousand unknown keys before the first fifty are taken; this stops at those.
 *
 * @example excessOf(Type.Object({}, { additionalProperties: false }), { a: 1 }) // []: few enough for Ajv to name
 */
export const excessOf = (schema: TSchema, value: unknown): readonly ErrorDetail[] => {
  const excess = new Excess()
  excess.look(schema as Schema, value)
  if (excess.list) return [excess.list]

  return excess.isEnough ? excess.unknown : []
}
