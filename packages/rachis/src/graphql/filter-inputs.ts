import type { GraphQLInputFieldConfigMap, GraphQLInputType } from 'graphql'
import { GraphQLBoolean, GraphQLEnumType, GraphQLInputObjectType, GraphQLList, GraphQLNonNull, GraphQLString } from 'graphql' // prettier-ignore
import type { FieldInfo } from '../declare'
import { operatorsFor } from '../declare'
import { TEXT, typeInfo } from '../declare/column-types'
import { findOperator } from '../declare/operators'
import type { Model } from '../model/model'
import { followable, sortable, spelled } from '../openapi/offered'
import { onceFor } from '../util/once-for'
import type { Named, ResourceNames } from './names'

export const listOf = (type: GraphQLInputType) => new GraphQLList(new GraphQLNonNull(type))

const operandOf = (operator: string, value: GraphQLInputType): GraphQLInputType => {
  switch (findOperator(operator)!.operand) {
    case 'list':
      return listOf(value)
    case 'texts':
      return listOf(GraphQLString)
    case 'pattern':
      return GraphQLString
    case 'flag':
      return GraphQLBoolean
    case 'value':
      return value
  }
}

type Compared = Pick<FieldInfo, 'type' | 'nullable' | 'enum'>

/** `$gte` is `gte`: names of GraphQL have no dollar. */
const operatorFields = (field: Compared, value: GraphQLInputType): GraphQLInputFieldConfigMap =>
  Object.fromEntries(
    [...(typeInfo(field.type).shape === 'scalar' ? ['$eq'] : []), ...operatorsFor(field)].map((name) => {
      const { words, describe } = findOperator(name)!
      const description = [`${words}.`, describe].filter(Boolean).join(' ')
      return [name.slice(1), { type: operandOf(name, value), description }]
    })
  )

/** Into an object by a path, whose value compares as a text. */
const jsonPathFilter = new GraphQLInputObjectType({
  name: 'JsonPathFilter',
  description: 'What the value at a path into an object is compared with, as a text.',
  fields: {
    path: { type: new GraphQLNonNull(GraphQLString), description: 'Such as `color` or `sizes.0`.' },
    ...operatorFields({ type: TEXT.name, nullable: true }, GraphQLString)
  }
})

const directions = new GraphQLEnumType({ name: 'SortDirection', values: { ASC: {}, DESC: {} } })

export interface FilterTypes {
  readonly filter: (model: Model) => GraphQLInputObjectType
  /** Undefined where a resource has nothing that it can be sorted by. */
  readonly sort: (model: Model) => GraphQLInputObjectType | undefined
}

interface Parts {
  readonly named: Named
  readonly names: (model: Model) => ResourceNames
  /** The type of a field's values where they are not null. */
  readonly valueOf: (model: Model, field: FieldInfo) => GraphQLInputType
}

const shownFields = ({ fields }: Model): FieldInfo[] => [...fields.values()].filter(({ hidden }) => !hidden)

/** The operators of one kind of fields, one type for all fields that have the same. */
const operatorTypes = (named: Named) => {
  const made = new Map<string, GraphQLInputObjectType>()

  return (field: FieldInfo, value: GraphQLInputType): GraphQLInputObjectType => {
    const kind = String(value).replace(/\W/g, '')
    const key = `${kind} ${operatorsFor(field).join()}`
    const make = () => {
      const name = named(`${field.nullable ? 'Nullable' : ''}${kind}Operators`)
      return new GraphQLInputObjectType({ name, fields: operatorFields(field, value) })
    }
    const found = made.get(key) ?? make()
    made.set(key, found)

    return found
  }
}

/** Names of GraphQL have no dot: `category.name` is `category__name`. */
const sortValues = (model: Model) =>
  Object.fromEntries(sortable(model).names.map((value) => [spelled(value), { value }]))

const sortTypeOf = (model: Model, { sort, sortField }: ResourceNames) => {
  const values = sortValues(model)
  if (Object.keys(values).length === 0) return undefined
  const names = new GraphQLEnumType({ name: sortField, values })

  return new GraphQLInputObjectType({
    name: sort,
    fields: {
      field: { type: new GraphQLNonNull(names) },
      direction: { type: directions, defaultValue: 'ASC' }
    }
  })
}

/** Filters with the operators of the query grammar, and sorts, for each resource that can be listed. */
export const filterTypes = ({ named, names, valueOf }: Parts): FilterTypes => {
  const operators = operatorTypes(named)
  const fieldType = (model: Model, field: FieldInfo): GraphQLInputType =>
    typeInfo(field.type).shape === 'object' ? listOf(jsonPathFilter) : operators(field, valueOf(model, field))
  const filter = onceFor(
    (model: Model): GraphQLInputObjectType =>
      new GraphQLInputObjectType({
        name: names(model).filter,
        description: 'All of what is said has to hold.',
        fields: () => ({
          and: { type: listOf(filter(model)) },
          or: { type: listOf(filter(model)) },
          ...Object.fromEntries(shownFields(model).map((field) => [field.name, { type: fieldType(model, field) }])), // prettier-ignore
          ...Object.fromEntries(followable(model).map(({ name, target }) => [name, { type: filter(target), description: `Of whose ${name} this holds.` }])) // prettier-ignore
        })
      })
  )

  return { filter, sort: onceFor((model: Model) => sortTypeOf(model, names(model))) }
}
