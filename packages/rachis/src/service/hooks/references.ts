import type { TSchema } from '@feathersjs/typebox'
import type { Model } from '../../model/model'
import type { Operation } from '../../model/operations'
import { otherModel } from '../../model/models'
import { presentRecords } from '../../model/rules'
import type { User } from '../../rules/policy'
import { restrictionOf } from '../../rules/policy'
import type { Precondition } from '../../sql/preconditions'
import { sightOfField } from '../../rules/scopes'
import { missingReference, unfitReference } from '../../errors/errors'
import type { AnyRule, FieldInfo } from '../../declare'
import { clausesOf } from '../../declare'
import type { RowPredicate } from '../../declare/predicate'
import { and, predicateOfRule } from '../../declare/predicate'
import { onceFor } from '../../util/once-for'
import { beforehand } from './phased'
import type { CallContext, Hook } from './context'
import { isExternal, operationsByName } from './context'

/** Every item of a list and every value of a record, in a path through an input. */
const EACH = Symbol('each')
type Path = readonly (string | typeof EACH)[]

/** A place in the data of a call that names a record. */
interface Reference {
  readonly path: Path
  readonly target: Model
  readonly allow_unreadable: boolean
  /** What the record has to be like. */
  readonly where?: RowPredicate
  /** The same as it is declared. */
  readonly declared?: NonNullable<References['where']>
  /** The column that it is written into, where its foreign key asks whether there is such a record. */
  readonly column?: string
}
type Schemas = Readonly<Record<string, TSchema>>
type References = NonNullable<FieldInfo['references']>

/** It asks of columns alone, as the verifiers have seen to. */
const conditionOn = ({ fields }: Model, where: NonNullable<References['where']>): RowPredicate =>
  predicateOfRule(clausesOf(where as AnyRule), {
    typeOf: (name) => fields.get(name)?.type,
    parentOf: () => undefined
  }) as RowPredicate

const referenceTo = (model: Model, path: Path, references: References, column?: string): Reference[] => {
  const target = otherModel(model, references.resource)
  const { allow_unreadable = false, where } = references
  if (!target) return []
  const asked = where && { where: conditionOn(target, where), declared: where }

  return [{ path, target, allow_unreadable, ...asked, ...(column === undefined ? {} : { column }) }]
}

const ofFields = (model: Model): Reference[] =>
  [...model.fields.values()].flatMap(({ name, references, writable }) =>
    references && writable !== 'never' ? referenceTo(model, [name], references, name) : []
  )

/** An action's input names records by the same schemas as a field does, also in lists: `items[].product_id`, and put together from several. */
const inSchema = (model: Model, schema: TSchema, path: Path = []): Reference[] => {
  const isTuple = Array.isArray(schema.items)
  const named = Object.entries({ ...schema.properties, ...(isTuple ? schema.items : {}) } as Schemas)
  // Type.Record has one schema for all values, and no properties by name.
  const each = [isTuple ? [] : (schema.items ?? []), Object.values((schema.patternProperties ?? {}) as Schemas)].flat() as TSchema[] // prettier-ignore
  const parts = [schema.anyOf ?? [], schema.allOf ?? [], schema.oneOf ?? []].flat() as TSchema[]

  return [
    ...(schema.references ? referenceTo(model, path, schema.references as References) : []),
    ...named.flatMap(([name, inner]) => inSchema(model, inner, [...path, name])),
    ...each.flatMap((inner) => inSchema(model, inner, [...path, EACH])),
    ...parts.flatMap((inner) => inSchema(model, inner, path))
  ]
}

const valuesAt = (data: unknown, [step, ...rest]: Path): unknown[] => {
  if (step === undefined) return [data]
  if (typeof data !== 'object' || data === null) return []
  if (step === EACH) return Object.values(data).flatMap((item) => valuesAt(item, rest))

  return valuesAt((data as Record<string, unknown>)[step], rest)
}

const fieldOf = (path: Path) => path.filter((step) => step !== EACH).join('.')
const restrictOf = ({ target, allow_unreadable, where }: Reference, user: User): RowPredicate => {
  const named = allow_unreadable ? presentRecords(target) : restrictionOf(target.rules.read, user)

  return where ? (and([named, where]) as RowPredicate) : named
}

/** Of one record, which has the column. */
const CHANGES = ['update', 'patch']

/** Where a change may leave the column as it is: only for who may read it, since anybody else would learn it by trying. */
const presentOf = (model: Model, { column }: Reference, { method, params }: CallContext) => {
  if (column === undefined || !CHANGES.includes(method) || !params.access?.columns.includes(column)) return {}
  const restrict = sightOfField(model, column, params.user)

  return restrict.kind === 'false' ? {} : { present: { column, restrict } }
}

/** What a field wants of a record is told to who may know all of the columns that it asks for. */
const refusalOf = ({ path, target, declared }: Reference, user: User) => {
  const isKnown = (name: string) =>
    target.fields.get(name)?.hidden === false && sightOfField(target, name, user).kind !== 'false'
  const isTold = declared && Object.keys(declared).every(isKnown)

  return isTold
    ? unfitReference(fieldOf(path), target.name, declared)
    : missingReference(fieldOf(path), target.name)
}

/** A reference to a record that may not be named is answered as one to a record that does not exist. */
const preconditionOf = (
  model: Model,
  reference: Reference,
  context: CallContext
): Precondition | undefined => {
  const { path, target, column } = reference
  const { data, params } = context
  const values = [data].flat().flatMap((row) => valuesAt(row, path))
  const keys = [...new Set(values.filter((key) => key !== null && key !== undefined))]
  const restrict = restrictOf(reference, params.user)
  // Where any record will do, its foreign key asks for it.
  if (keys.length === 0 || (column !== undefined && restrict.kind === 'true')) return undefined
  return {
    kind: 'reference',
    keys,
    target: { table: target.name, id: target.fields.get('id')!.type },
    restrict,
    ...presentOf(model, reference, context),
    refusal: () => refusalOf(reference, params.user)
  }
}

const withReferences = (model: Model, references: readonly Reference[]): Hook =>
  beforehand((context) => {
    const { preconditions = [] } = context.params
    const asked = isExternal(context)
      ? references.flatMap((reference) => preconditionOf(model, reference, context) ?? [])
      : []
    if (asked.length > 0) context.params = { ...context.params, preconditions: [...preconditions, ...asked] }
  })

/** A record that a client names must be one that they may read: the write asks for it in its own statement. */
export const askReferences = (model: Model): Hook => withReferences(model, ofFields(model))

/** The same for what an action, or a creation by code of its own, is given. Its schema is gone through with the first call. */
export const askInputReferences = (model: Model): Hook => {
  const operations = operationsByName(model)
  const hookOf = onceFor(({ data, input }: Operation) =>
    withReferences(model, data === 'input' ? inSchema(model, input) : [])
  )

  return (context, next) => hookOf(operations.get(context.method)!)(context, next)
}

/**
 * Asks beforehand, where the declaration has hooks of its own: they are given no record to read that the caller could not, and
 * what they refuse tells nothing of it.
 */
export const assertFirst: Hook = beforehand(({ id, method, params, service }) =>
  service._assertPreconditions(params, method === 'create' ? undefined : id)
)
