import { Type } from '@feathersjs/typebox'
import type { Static, TNull, TSchema, TString, TUnion } from '@feathersjs/typebox'
import type { Annotations, Defaulted, Immutable, ReadOnly, WriteOnly } from './traits'
import { annotate } from './traits'

/** What is said of a field and not of its values, so that it stands outside of a union. */
const OF_FIELD: readonly (keyof Annotations)[] = [
  'column', 'unique', 'immutable', 'readOnly', 'writeOnly', 'computed', 'normalize', 'references', 'owner', 'was'
] // prettier-ignore

/**
 * May be null, which is also its default.
 *
 * @example nullable(boolean()) // { anyOf: [{ type: 'boolean' }, { type: 'null' }], default: null }
 */
export const nullable = <T extends TSchema>(schema: T): TUnion<[T, TNull]> & Defaulted => {
  const outer = OF_FIELD.filter((name) => schema[name] !== undefined).map((name) => [name, schema[name]])
  const inner = { ...schema }
  for (const name of OF_FIELD) delete inner[name]

  return Type.Union([inner, Type.Null()], { ...Object.fromEntries(outer), default: null }) as TUnion<
    [T, TNull]
  > &
    Defaulted
}

/**
 * Filled in where a creation leaves it out.
 *
 * @example withDefault(boolean(), false) // { type: 'boolean', default: false }
 */
export const withDefault = <T extends TSchema>(schema: T, value: Static<T>) =>
  annotate<T, Defaulted>(schema, { default: value })
/**
 * No two records share a value.
 *
 * @example unique(text({ maxLength: 20 })) // { type: 'string', maxLength: 20, unique: true }
 */
export const unique = <T extends TSchema>(schema: T): T => annotate<T, unknown>(schema, { unique: true }) as T
/**
 * Given at creation, never changed.
 *
 * @example immutable(text({ maxLength: 20 })) // { type: 'string', maxLength: 20, immutable: true }
 */
export const immutable = <T extends TSchema>(schema: T) => annotate<T, Immutable>(schema, { immutable: true })
/**
 * Set by the server only.
 *
 * @example readOnly(boolean()) // { type: 'boolean', readOnly: true }
 */
export const readOnly = <T extends TSchema>(schema: T) => annotate<T, ReadOnly>(schema, { readOnly: true })
/**
 * Written, never read.
 *
 * @example writeOnly(text({ maxLength: 20 })) // { type: 'string', maxLength: 20, writeOnly: true }
 */
export const writeOnly = <T extends TSchema>(schema: T) => annotate<T, WriteOnly>(schema, { writeOnly: true })
/**
 * Kept in lower case, so that two spellings are one value.
 *
 * @example lower(text({ maxLength: 20 })) // { type: 'string', maxLength: 20, normalize: 'lower' }
 */
export const lower = (schema: TString): TString =>
  annotate<TString, unknown>(schema, { normalize: 'lower' }) as TString
/**
 * Kept in upper case.
 *
 * @example upper(text({ maxLength: 20 })) // { type: 'string', maxLength: 20, normalize: 'upper' }
 */
export const upper = (schema: TString): TString =>
  annotate<TString, unknown>(schema, { normalize: 'upper' }) as TString
/**
 * A stored generated column: the database computes it from the record's other columns, so that events carry it as well.
 *
 * @example computed(boolean(), 'stock_quantity <= reorder_level')
 */
export const computed = <T extends TSchema>(schema: T, sql: string) =>
  annotate<T, ReadOnly>(schema, { computed: sql, readOnly: true })
/**
 * Called otherwise before: its column is renamed, and keeps its values. Once every database was migrated it can be left out.
 *
 * @example renamed(text({ maxLength: 20 }), 'title') // { type: 'string', maxLength: 20, was: 'title' }
 */
export const renamed = <T extends TSchema>(schema: T, was: string): T =>
  annotate<T, unknown>(schema, { was }) as T
