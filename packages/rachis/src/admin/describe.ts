import type { FieldInfo } from '../declare'
import { operatorsFor } from '../declare'
import { typeInfo } from '../declare/column-types'
import { isFreeText } from '../declare/operators'
import type { Model } from '../model/model'
import { endsOf, relationsOf } from '../model/models'
import type { RelationInfo } from '../model/models'
import { mayApply, readableColumns } from '../rules/policy'
import type { User } from '../rules/policy'
import { planned } from '../rules/plans'
import { maySearch, permits } from '../rules/scopes'
import { describeOperation } from './describe-operation'
import { shownSchema } from './shown-schema'
import type { DescribedField, DescribedRelation, DescribedResource } from './description'

/** Whose resource it is, the application says. */
type Unplaced = Omit<DescribedResource, 'isOwn'>

/** `0.01` has two. */
const decimalsOf = ({ value }: FieldInfo): number | undefined => {
  const step = value.multipleOf as number | undefined
  return step === undefined || Number.isInteger(step) ? undefined : String(step).split('.')[1]?.length
}

const describeField = (field: FieldInfo): DescribedField => {
  const { name, nullable, references, unique } = field
  const { shape, order, isInstant = false, isNumber = false } = typeInfo(field.type)
  const decimals = decimalsOf(field)

  return {
    name,
    schema: shownSchema(field.value),
    nullable,
    isUnique: unique,
    shape,
    isInstant,
    isNumber,
    ...(field.default === undefined || field.default === null ? {} : { default: field.default }),
    ...(decimals === undefined ? {} : { decimals }),
    ...(references ? { references: references.resource } : {}),
    isSorted: order !== 'none',
    operators: operatorsFor(field)
  }
}

/** The first text that people look for, or else that each record has, is what they know records by. */
const titleOf = ({ search }: Model, fields: readonly FieldInfo[]): string => {
  const names = fields.filter((field) => isFreeText(field) && !field.nullable)
  const found = names.find(({ name }) => search.includes(name)) ?? names[0]

  return found?.name ?? 'id'
}

/** Whether the caller may look for the records of the other side, and compare the columns that lead there. */
const mayFollow = (relation: RelationInfo, readable: readonly string[], user: User): boolean =>
  readable.includes(relation.column) &&
  endsOf(relation).every(
    ([end, ...columns]) =>
      columns.every((column) => readableColumns(end, user).includes(column)) &&
      maySearch(user, end) &&
      mayApply(end.rules.read, user)
  )

const relationsFor = (model: Model, readable: readonly string[], user: User): DescribedRelation[] =>
  relationsOf(model)
    .filter((relation) => mayFollow(relation, readable, user))
    .map(({ name, kind, column, by, target, through }) => ({
      name,
      kind,
      column,
      by,
      resource: target.name,
      ...(through ? { through: { ...through, resource: through.resource.name } } : {})
    }))

const operationsFor = ({ operations }: Model, user: User) =>
  operations.filter(
    (operation) => operation.form === undefined && permits(user, operation) && mayApply(operation.rule, user)
  )

const statesFor = ({ states }: Model, readable: readonly string[]) =>
  states && readable.includes(states.field)
    ? { field: states.field, transitions: states.transitions.map(({ name, from, to }) => ({ name, from, to })) }
    : undefined // prettier-ignore

const describeResource = (model: Model, user: User): Unplaced => {
  const { name, path, description, softDelete, page, search } = model
  const operations = operationsFor(model, user)
  const reads = operations.some(({ answers }) => answers === 'page' || answers === 'record')
  const readable = reads ? readableColumns(model, user) : []
  const fields = readable.map((column) => model.fields.get(column)!)
  const states = statesFor(model, readable)

  return {
    name,
    path,
    description,
    title: titleOf(model, fields),
    fields: fields.map(describeField),
    relations: relationsFor(model, readable, user),
    operations: operations.map((operation) => describeOperation(model, operation, user)),
    search: search.some((column) => readable.includes(column)),
    ...(states ? { states } : {}),
    softDelete,
    live: model.events.length > 0,
    page: { default: page.default, max: page.max }
  }
}

/**
 * What a caller is told of the API: the resources of which they may do anything, with the columns that they may read and the operations
 * whose rule could hold for them. It follows from the same rules as the operations; whether a rule holds for one record is asked there.
 *
 * @example describe(models, null).resources.map(({ name }) => name) // what is open to anybody: ['auth', 'users']
 */
export const describe = planned(
  (models: readonly Model[], user: User): { readonly resources: readonly Unplaced[] } => ({
    resources: models
      .map((model) => describeResource(model, user))
      .filter(({ operations }) => operations.length > 0)
  })
)
