import type { GraphQLFieldConfig, GraphQLFieldConfigArgumentMap, GraphQLOutputType } from 'graphql'
import { GraphQLBoolean, GraphQLInputObjectType, GraphQLInt, GraphQLList, GraphQLNonNull, GraphQLString } from 'graphql' // prettier-ignore
import type { Model } from '../model/model'
import type { Operation } from '../model/operations'
import type { Schema } from '../openapi/openapi-document'
import type { GraphqlContext } from './context'
import type { FilterTypes } from './filter-inputs'
import { listOf } from './filter-inputs'
import { nullableOf } from './json-types'
import { pascal } from './names'
import type { RecordTypes } from './record-types'
import type { PageExtensions } from './limits'
import { isFiltered, isList, resolverOf } from './resolvers'
import { JSON_SCALAR } from './scalars'

export interface OperationTypes {
  readonly types: RecordTypes
  readonly filters: FilterTypes
}

export type OperationField = GraphQLFieldConfig<unknown, GraphqlContext>

/** The filters, the order and the place of a list. Where a page begins is said by cursors, as Relay's specification wants it. */
const listArguments = (model: Model, { filters }: OperationTypes): GraphQLFieldConfigArgumentMap => {
  const sort = filters.sort(model)

  return {
    filter: { type: filters.filter(model) },
    ...(sort ? { sort: { type: listOf(sort) } } : {}),
    ...(model.search.length > 0 ? { search: { type: GraphQLString, description: 'Needs a sort beside it.' } } : {}), // prettier-ignore
    first: { type: GraphQLInt, description: `Records behind \`after\`: ${model.page.default} unless said, ${model.page.max} at most.` }, // prettier-ignore
    after: { type: GraphQLString },
    last: { type: GraphQLInt, description: 'Records in front of `before`.' },
    before: { type: GraphQLString }
  }
}

const idArgument = (model: Model, { types }: OperationTypes): GraphQLFieldConfigArgumentMap => ({
  id: { type: new GraphQLNonNull(types.valueOf(model, model.fields.get('id')!)) }
})

const typeName = ({ resource, name }: Operation, ending: string) => `${pascal(resource)}${pascal(name)}${ending}` // prettier-ignore

/** Without what the call takes as its id. */
const ownInput = ({ input, target }: Operation): Schema => {
  const { properties = {}, ...rest } = input as { properties?: Record<string, Schema> }
  const { id: _id, ...others } = properties

  return { ...rest, properties: target === 'record' ? others : properties }
}

const requiredNames = ({ required = [] }: Schema) => required as readonly string[]

/** The input of an operation under one argument; none where it takes nothing. */
const inputArgument = (
  operation: Operation,
  argument: string,
  { types }: OperationTypes
): GraphQLFieldConfigArgumentMap => {
  const schema = ownInput(operation)
  const fields = types.json.inputFields(schema, typeName(operation, ''))
  if (fields && Object.keys(fields).length === 0) return {}
  const type = fields
    ? new GraphQLInputObjectType({ name: types.named(typeName(operation, 'Input')), fields })
    : JSON_SCALAR
  const isRequired = operation.data === 'fields' || requiredNames(schema).some((name) => name !== 'id')

  return { [argument]: { type: isRequired ? new GraphQLNonNull(type) : type } }
}

const KEY = { type: GraphQLString, description: 'As the header Idempotency-Key: sent again, the answer is the first one.' } // prettier-ignore
const MATCH = { type: GraphQLString, description: 'As the header If-Match: the version that the caller knows, `"7"`.' } // prettier-ignore

const writeArguments = ({ effect, ifMatch }: Operation): GraphQLFieldConfigArgumentMap => ({
  ...(effect === 'write' ? { idempotency_key: KEY } : {}),
  ...(ifMatch === 'taken' ? { if_match: MATCH } : {}),
  ...(ifMatch === 'required' ? { if_match: { ...MATCH, type: new GraphQLNonNull(GraphQLString) } } : {})
})

const argumentsOf = (model: Model, operation: Operation, parts: OperationTypes): GraphQLFieldConfigArgumentMap => ({
  ...(operation.target === 'record' ? idArgument(model, parts) : {}),
  ...(operation.data === 'none' ? {} : inputArgument(operation, operation.data === 'fields' ? 'data' : 'input', parts)),
  ...(isList(operation) ? listArguments(model, parts) : {}),
  ...(isFiltered(operation) ? { filter: { type: parts.filters.filter(model) } } : {}),
  ...writeArguments(operation)
}) // prettier-ignore

/** What an operation answers; a call whose answer is empty answers true. Null beside an error, so that other fields of the document stay. */
const typeOf = (model: Model, operation: Operation, { types }: OperationTypes): GraphQLOutputType => {
  if (operation.produces.length === 0) return GraphQLBoolean
  switch (operation.answers) {
    case 'record':
      return types.record(model)
    case 'page':
      return types.connection(model)
    case 'records':
      return new GraphQLList(new GraphQLNonNull(types.record(model)))
    case 'output':
      return nullableOf(types.json.output(operation.output, typeName(operation, 'Output')))
  }
}

const pageExtensions = ({ page }: Model, { answers }: Operation): PageExtensions & Record<string, unknown> =>
  answers === 'page' ? { page } : {}

/** One field of Query or Mutation: it calls its operation, and does nothing else. */
export const operationField = (
  model: Model,
  operation: Operation,
  parts: OperationTypes
): OperationField => ({
  type: typeOf(model, operation, parts),
  description: operation.summary,
  args: argumentsOf(model, operation, parts),
  extensions: pageExtensions(model, operation),
  resolve: resolverOf(model, operation)
})

/** The same creation of several records at once. */
export const bulkField = (model: Model, operation: Operation, field: OperationField): OperationField => {
  const { data, ...others } = field.args!

  return {
    ...field,
    description: `${operation.summary} of each item of a list`,
    type: new GraphQLList(field.type as never),
    args: { ...others, data: { type: new GraphQLNonNull(new GraphQLList(data!.type as never)) } },
    resolve: resolverOf(model, { ...operation, answers: 'records' })
  }
}
