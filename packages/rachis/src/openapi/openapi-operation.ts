import type { TSchema } from '@feathersjs/typebox'
import type { Model } from '../model/model'
import { mayReadAnswer, ruleData, ruleText, securityOf } from './openapi-access'
import type { Answer, Content, OperationObject, Parameter, Schema } from './openapi-document'
import { json, schemaRef } from './openapi-document'
import { errorRefs, errorStatuses } from './openapi-errors'
import { exampleOf } from './openapi-example'
import type { QueryNames } from './openapi-parameters'
import { inputParameters, listParameters, recordParameters } from './openapi-parameters'
import { clean, withoutDefaults } from './openapi-schema'
import { formsOf } from '../model/forms'
import type { Form, Operation } from '../model/operations'

/** The names that the schemas of one model have in the document. */
export interface Names extends QueryNames {
  readonly record: string
  readonly create: string
  readonly update: string
  readonly patch: string
  readonly page: string
  readonly numberedPage: string
  readonly selection: string
  readonly selectionPage: string
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

/** One record. Whoever writes it and may not read it is answered its id alone: then no more than the id is sure to be there. */
const recordAnswer = ({ model, names }: Scope, operation: Operation): Schema =>
  schemaRef(mayReadAnswer(model, operation) ? names.record : names.selection)

const listAnswer = ({ names }: Scope, form: Form | undefined): Schema => {
  if (form === 'pages') return schemaRef(names.numberedPage)

  return schemaRef(form === 'select' ? names.selectionPage : names.page)
}

const answerSchema = (scope: Scope, operation: Operation): Schema => {
  const { kind, output, onRecord, form, asList } = operation
  if (output) return scope.refer(clean(output))
  if (kind === 'find' || asList) return listAnswer(scope, form)
  if (form === 'select') return schemaRef(scope.names.selection)
  const one = recordAnswer(scope, operation)
  if (form === 'bulk') return { type: 'array', items: one }

  return onRecord || kind === 'create' ? one : {}
}

const location = (path: string) => ({
  Location: {
    description: 'Where the record is.',
    schema: { type: 'string', examples: [`/api/v1${path}/7`] }
  }
})

const success = (scope: Scope, operation: Operation): Answer => {
  const { http, kind, output, form } = operation
  if (http.status === 204) return { description: 'Done' }
  const example = output ? exampleOf(clean(output)) : undefined

  return {
    description: kind === 'create' ? 'Created' : 'OK',
    ...(kind === 'create' && form === undefined ? { headers: location(http.path) } : {}),
    content: exampled(answerSchema(scope, operation), example)
  }
}

const creationBody = ({ model, names, exampleIn }: Scope, form: Form | undefined): Content => {
  const example = exampleIn(names.create)
  const one = schemaRef(names.create)
  if (form === undefined) return exampled(one, example)

  return exampled({ type: 'array', items: one, maxItems: model.batch }, example && [example])
}

const inputContent = (input: TSchema): Content => {
  const schema = clean(input)
  return exampled(withoutDefaults(schema), exampleOf(schema))
}

const isEmpty = ({ properties, allOf, anyOf }: Schema) =>
  !allOf && !anyOf && Object.keys((properties ?? {}) as object).length === 0

const contentOf = (scope: Scope, { kind, input, form }: Operation): Content | undefined => {
  if (input) return isEmpty(input) ? undefined : inputContent(input)
  if (kind === 'create') return creationBody(scope, form)

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
  { kind, input, output, onRecord, http, form, asList }: Operation
): Parameter[] => {
  if (input && http.method === 'GET') {
    const own = inputParameters(input, http.path)
    const left = new Set([...own.map(({ name }) => name), ...(asList?.without ?? [])])
    const more = asList ? listParameters(model, names, form) : []

    return [...own, ...more.filter(({ name }) => !left.has(name))]
  }
  if (kind === 'find') return listParameters(model, names, form)

  return input && (output || !(onRecord || kind === 'create')) ? [] : recordParameters(model, names, form)
}

/** The same call on a socket, for those who write clients. */
const socketOf = ({ path }: Model, { name, onRecord, input }: Operation) => ({
  'x-socket': { service: path, method: name, ...(input && onRecord ? { id: 'in data.id' } : {}) }
})

/** What else this address takes; the document has addresses of their own for it, so that each has one shape. */
const formHints = (operation: Operation): string[] =>
  operation.form === undefined ? formsOf(operation).map(({ form, http }) => HINTS[form!](http.path)) : []
const HINTS: Readonly<Record<Form, (path: string) => string>> = {
  pages: (path) => `With \`page\` or \`page_size\` it answers as \`${path}\` does.`,
  select: (path) => `With \`fields\` (in Feathers' spelling \`$select\`) it answers as \`${path}\` does.`,
  bulk: (path) => `An array is taken as \`${path}\` takes it.`
}

/** One operation of a model as OpenAPI tells it. */
export const operationObject = (scope: Scope, operation: Operation): OperationObject => {
  const parameters = parametersOf(scope, operation)

  return {
    operationId: scope.idOf(operation),
    tags: [scope.model.name],
    summary: operation.summary,
    description: [`For ${ruleText(operation.rule)}.`, ...formHints(operation)].join('\n\n'),
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
