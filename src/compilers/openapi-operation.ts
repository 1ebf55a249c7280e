import type { TSchema } from '@feathersjs/typebox'
import type { Model } from './model'
import { mayReadAnswer, ruleData, ruleText, securityOf } from './openapi-access'
import type { Answer, Content, OperationObject, Parameter, Schema } from './openapi-document'
import { json, schemaRef } from './openapi-document'
import { errorRefs, errorStatuses } from './openapi-errors'
import { exampleOf } from './openapi-example'
import type { QueryNames } from './openapi-parameters'
import { inputParameters, listParameters, recordParameters } from './openapi-parameters'
import { clean } from './openapi-schema'
import type { Operation } from './operations'

/** The names that the schemas of one model have in the document. */
export interface Names extends QueryNames {
  readonly record: string
  readonly create: string
  readonly update: string
  readonly patch: string
  readonly page: string
}
/** What the operations of a model are described with. */
export interface Scope {
  readonly model: Model
  readonly names: Names
  /** An id that no other operation has. */
  readonly idOf: (operation: Operation) => string
  /** A schema, where it is one of the document's own as a reference to that. */
  readonly refer: (schema: Schema) => Schema
  /** The example of the document's schema of this name, if it has one. */
  readonly exampleIn: (name: string) => unknown
}

const exampled = (schema: Schema, example: unknown): Content =>
  json({ schema, ...(example === undefined ? {} : { example }) })

/** One record; only its id where whoever writes it may not read it. */
const recordAnswer = ({ model, names }: Scope, operation: Operation): Schema =>
  mayReadAnswer(model, operation)
    ? schemaRef(names.record)
    : { anyOf: [schemaRef(names.record), schemaRef('Reference')] }

const createdAnswer = (scope: Scope, operation: Operation): Schema => {
  const one = recordAnswer(scope, operation)
  const alternatives = (one.anyOf as Schema[] | undefined) ?? [one]

  return operation.input ? one : { anyOf: [...alternatives, { type: 'array', items: one }] }
}

const answerSchema = (scope: Scope, operation: Operation): Schema => {
  const { kind, output, onRecord } = operation
  if (output) return scope.refer(clean(output))
  if (kind === 'find') return schemaRef(scope.names.page)
  if (kind === 'create') return createdAnswer(scope, operation)

  return onRecord ? recordAnswer(scope, operation) : {}
}

const location = (path: string) => ({
  Location: {
    description: 'Where the record is; left out for several.',
    schema: { type: 'string', examples: [`/api/v1${path}/7`] }
  }
})

const success = (scope: Scope, operation: Operation): Answer => {
  const { http, kind, output } = operation
  if (http.status === 204) return { description: 'Done' }
  const example = output ? exampleOf(clean(output)) : undefined

  return {
    description: kind === 'create' ? 'Created' : 'OK',
    ...(kind === 'create' ? { headers: location(http.path) } : {}),
    content: exampled(answerSchema(scope, operation), example)
  }
}

const creationBody = ({ model, names, exampleIn }: Scope): Content => {
  const one = schemaRef(names.create)
  const several = { type: 'array', items: one, maxItems: model.batch }
  const value = exampleIn(names.create)
  const examples = { one: { summary: 'One', value }, several: { summary: 'Several', value: [value] } }

  return json({ schema: { oneOf: [one, several] }, ...(value === undefined ? {} : { examples }) })
}

const inputContent = (input: TSchema): Content => {
  const schema = clean(input)
  return exampled(schema, exampleOf(schema))
}

const isEmpty = ({ properties, allOf, anyOf }: Schema) =>
  !allOf && !anyOf && Object.keys((properties ?? {}) as object).length === 0

const contentOf = (scope: Scope, { kind, input }: Operation): Content | undefined => {
  if (input) return isEmpty(input) ? undefined : inputContent(input)
  if (kind === 'create') return creationBody(scope)

  return kind === 'update' || kind === 'patch'
    ? exampled(schemaRef(scope.names[kind]), scope.exampleIn(scope.names[kind]))
    : undefined
}

const isOptional = ({ input }: Operation) =>
  input !== undefined && ((input.required as string[] | undefined) ?? []).length === 0

const requestBody = (scope: Scope, operation: Operation) => {
  const content = operation.http.method === 'GET' ? undefined : contentOf(scope, operation)
  return content ? { requestBody: { required: !isOptional(operation), content } } : {}
}

const parametersOf = (
  { model, names }: Scope,
  { kind, input, output, onRecord, http }: Operation
): Parameter[] => {
  if (input && http.method === 'GET') return inputParameters(input, http.path)
  if (kind === 'find') return listParameters(model, names)

  return input && (output || !(onRecord || kind === 'create')) ? [] : recordParameters(model, names)
}

/** The same call on a socket, for those who write clients. */
const socketOf = ({ path }: Model, { name, onRecord, input }: Operation) => ({
  'x-socket': { service: path, method: name, ...(input && onRecord ? { id: 'in data.id' } : {}) }
})

/** One operation of a model as OpenAPI tells it. */
export const operationObject = (scope: Scope, operation: Operation): OperationObject => {
  const parameters = parametersOf(scope, operation)

  return {
    operationId: scope.idOf(operation),
    tags: [scope.model.name],
    summary: operation.summary,
    description: `For ${ruleText(operation.rule)}.`,
    ...(parameters.length > 0 ? { parameters } : {}),
    ...requestBody(scope, operation),
    responses: {
      [operation.http.status]: success(scope, operation),
      ...errorRefs(errorStatuses(scope.model, operation))
    },
    security: securityOf(operation),
    'x-rule': ruleData(operation.rule),
    ...socketOf(scope.model, operation)
  }
}
