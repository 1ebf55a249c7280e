import type { TSchema } from '@feathersjs/typebox'
import type { Model } from '../../model/model'
import type { Operation } from '../../model/operations'
import type { User } from '../../rules/policy'
import { relatedTo, toQuery } from '../../rules/policy'
import type { Precondition } from '../../sql/preconditions'
import { missing } from '../../errors/errors'
import type { FieldInfo, Terms } from '../../declare'
import type { CallContext, Hook } from './context'
import { isExternal, operationsByName } from './context'

/** Every item of a list, in a path through an input. */
const EACH = Symbol('each')
type Path = readonly (string | typeof EACH)[]

/** A place in the data of a call that names a record. */
interface Reference {
  readonly path: Path
  readonly target: Model
  readonly allow_unreadable: boolean
  /** The column that it is written into, where its foreign key asks whether there is such a record. */
  readonly column?: string
}
type References = NonNullable<FieldInfo['references']>

const referenceTo = (model: Model, path: Path, references: References, column?: string): Reference[] => {
  const target = model.other(references.resource)
  const { allow_unreadable = false } = references

  return target ? [{ path, target, allow_unreadable, ...(column === undefined ? {} : { column }) }] : []
}

const ofFields = (model: Model): Reference[] =>
  [...model.fields.values()].flatMap(({ name, references, writable }) =>
    references && writable !== 'never' ? referenceTo(model, [name], references, name) : []
  )

/** An action's input names records by the same schemas as a field does, also in lists: `items[].product_id`. */
const inSchema = (model: Model, schema: TSchema, path: Path = []): Reference[] => {
  const properties = Object.entries((schema.properties ?? {}) as Record<string, TSchema>)

  return [
    ...(schema.references ? referenceTo(model, path, schema.references as References) : []),
    ...properties.flatMap(([name, inner]) => inSchema(model, inner, [...path, name])),
    ...(schema.items ? inSchema(model, schema.items as TSchema, [...path, EACH]) : []),
    ...((schema.anyOf ?? []) as TSchema[]).flatMap((inner) => inSchema(model, inner, path))
  ]
}

const valuesAt = (data: unknown, [step, ...rest]: Path): unknown[] => {
  if (step === undefined) return [data]
  if (step === EACH) return Array.isArray(data) ? data.flatMap((item) => valuesAt(item, rest)) : []
  if (typeof data !== 'object' || data === null) return []

  return valuesAt((data as Record<string, unknown>)[step], rest)
}

const fieldOf = (path: Path) => path.filter((step) => step !== EACH).join('.')
const isAll = (restrict: Terms | false) => restrict !== false && Object.keys(restrict).length === 0

const restrictOf = ({ target, allow_unreadable }: Reference, user: User): Terms | false => {
  if (!allow_unreadable) return toQuery(target.rules.read, user)

  return target.softDelete ? { deleted_at: null } : {}
}

/** A reference to a record that may not be named is answered as one to a record that does not exist. */
const preconditionOf = (
  reference: Reference,
  { data, method, params }: CallContext
): Precondition | undefined => {
  const { path, target, column } = reference
  const values = [data].flat().flatMap((row) => valuesAt(row, path))
  const keys = [...new Set(values.filter((key) => key !== null && key !== undefined))]
  const restrict = restrictOf(reference, params.user)
  // Where any record will do, its foreign key asks for it.
  if (keys.length === 0 || (column !== undefined && isAll(restrict))) return undefined
  const { table, types } = relatedTo(target)

  return {
    kind: 'reference',
    keys,
    target: { table, types },
    restrict,
    // What a change leaves as it is was there before.
    ...(column === undefined || method === 'create' ? {} : { column }),
    refusal: () => missing(fieldOf(path), target.name)
  }
}

const withReferences = (references: readonly Reference[]): Hook => {
  return async (context, next) => {
    const { preconditions = [] } = context.params
    const asked = isExternal(context)
      ? references.flatMap((reference) => preconditionOf(reference, context) ?? [])
      : []
    if (asked.length > 0) context.params = { ...context.params, preconditions: [...preconditions, ...asked] }

    return next()
  }
}

/** A record that a client names must be one that they may read: the write asks for it in its own statement. */
export const askReferences = (model: Model): Hook => withReferences(ofFields(model))

/** The same for what an action, or a creation by code of its own, is given. */
export const askInputReferences = (model: Model): Hook => {
  const operations = operationsByName(model)
  const inputOf = ({ kind, input }: Operation) => ['action', 'create'].includes(kind) && input
  const byName = new Map(
    [...operations].map(([name, operation]) => {
      const input = inputOf(operation)
      return [name, withReferences(input ? inSchema(model, input) : [])]
    })
  )

  return (context, next) => byName.get(context.method)!(context, next)
}

/**
 * Asks beforehand, where the declaration has hooks of its own: they are given no record to read that the caller could not, and
 * what they refuse tells nothing of it.
 */
export const assertFirst: Hook = async (context, next) => {
  const { id, method, params, service } = context
  await service._assertPreconditions(params, method === 'create' ? undefined : id)

  return next()
}
