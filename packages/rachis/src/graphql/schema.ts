import type { GraphQLFieldConfigMap } from 'graphql'
import { GraphQLObjectType, GraphQLSchema } from 'graphql'
import type { Model } from '../model/model'
import type { Operation } from '../model/operations'
import type { GraphqlContext } from './context'
import { offeredOf } from '../openapi/offered'
import { filterTypes } from './filter-inputs'
import type { OperationTypes } from './operations'
import { bulkField, operationField } from './operations'
import { RecordTypes } from './record-types'

type Fields = GraphQLFieldConfigMap<unknown, GraphqlContext>

/** The name that the OpenAPI document gives it as its operationId: one name for one thing on all surfaces. */
const fieldName = ({ resource, name }: Operation) => `${resource}_${name}`

const fieldsOf = (models: readonly Model[], effect: Operation['effect'], parts: OperationTypes): Fields => {
  const fields: Fields = {}
  for (const model of models)
    for (const operation of offeredOf(model).filter((one) => one.effect === effect)) {
      const field = operationField(model, operation, parts)
      fields[fieldName(operation)] = field
      if (operation.batch !== undefined) fields[`${fieldName(operation)}_bulk`] = bulkField(model, operation, field) // prettier-ignore
    }

  return fields
}

const rootType = (name: string, fields: Fields) =>
  Object.keys(fields).length > 0 ? new GraphQLObjectType({ name, fields }) : undefined

/**
 * Models → a schema of GraphQL: types, filters, sorts and pages of each resource, and a field for each operation.
 *
 * @param subscriptions fields of the root Subscription, made from the same types
 * @example printSchema(graphqlSchema(models)) // type Query { tasks_find(filter: TaskFilter, …): TaskConnection … }
 */
export const graphqlSchema = (
  models: readonly Model[],
  subscriptions: (parts: OperationTypes) => Fields = () => ({})
): GraphQLSchema => {
  const types = new RecordTypes(models)
  const names = (model: Model) => types.namesOf(model)
  const valueOf: RecordTypes['valueOf'] = (model, field) => types.valueOf(model, field)
  const parts = { types, filters: filterTypes({ named: types.named, names, valueOf }) }

  return new GraphQLSchema({
    query: rootType('Query', fieldsOf(models, 'read', parts)),
    mutation: rootType('Mutation', fieldsOf(models, 'write', parts)),
    subscription: rootType('Subscription', subscriptions(parts))
  })
}
