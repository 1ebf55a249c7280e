import type { TSchema } from '@feathersjs/typebox'
import type { Model } from '../model/model'
import type { Schemes } from './openapi-access'
import { mayReadAnswer, ruleData, ruleText, securityOf } from './openapi-access'
import type { Answer, Content, OperationObject, Parameter, Schema } from './openapi-document'
import { json, schemaRef } from './openapi-document'
import { errorRefs } from './openapi-errors'
import { exampleOf } from './openapi-example'
import type { QueryNames } from './openapi-parameters'
import { inputParameters, listParameters, recordParameters } from './openapi-parameters'
import { clean, withoutDefaults } from './openapi-schema'
import { formsOf } from '../model/forms'
import type { Form, Operation } from '../model/operations'
import type { PageForm } from '../model/pages'
import { BY_OFFSET, pageFormAt } from '../model/pages'
import { PREFIX } from '../model/prefix'

/** The names that the schemas of one model have in the document. */
export interface Names extends QueryNames {
  readonly record: string
  /** What a client sends to an operation that takes the fields of a record, by its name. */
  readonly written: ReadonlyMap<string, string>
  readonly pages: ReadonlyMap<PageForm, string>
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
  /** How credentials are sent. */
  readonly schemes: Schemes
}

const exampled = (schema: Schema, example: unknown): Content =>
  json({ schema, ...(example === undefined ? {} : { example }) })

/** One record. Whoever writes it and may not read it is answered its id alone: then no more than the id is sure to be there. */
const recordAnswer = ({ model, names }: Scope, operation: Operation): Schema =>
  schemaRef(mayReadAnswer(model, operation) ? names.record : names.selection)

const listAnswer = ({ names }: Scope, form: Form | undefined): Schema =>
  schemaRef(form === 'select' ? names.selectionPage : names.pages.get(pageFormAt(form) ?? BY_OFFSET)!)

const answerSchema = (scope: Scope, operation: Operation): Schema => {
  const { answers, output, form } = operation
  if (answers === 'page') return listAnswer(scope, form)
  if (answers !== 'record') return scope.refer(clean(output))
  if (form === 'select') return schemaRef(scope.names.selection)
  const one = recordAnswer(scope, operation)

  return form === 'bulk' ? { type: 'array', items: one } : one
}

const location = (path: string) => ({
  Location: {
    description: 'Where the record is.',
    schema: { type: 'string', examples: [`${PREFIX}${path.replace('{id}', '7')}`] }
  }
})

const success = (scope: Scope, operation: Operation): Answer => {
  const { answers, produces, location: path, output, form } = operation
  if (produces.length === 0) return { description: 'Done' }
  const example = answers === 'output' ? exampleOf(clean(output)) : undefined

  return {
    description: path === undefined ? 'OK' : 'Created',
    ...(path !== undefined && form === undefined ? { headers: location(path) } : {}),
    content: exampled(answerSchema(scope, operation), example)
  }
}

/** A record, or a list of them, as an operation takes it. */
const recordBody = ({ names, exampleIn }: Scope, { name, form, batch }: Operation): Content => {
  const schema = names.written.get(name)!
  const example = exampleIn(schema)
  const one = schemaRef(schema)
  if (form === undefined) return exampled(one, example)

  return exampled({ type: 'array', items: one, maxItems: batch }, example && [example])
}

const inputContent = (input: TSchema): Content => {
  const schema = clean(input)
  return exampled(withoutDefaults(schema), exampleOf(schema))
}

const isEmpty = ({ properties, allOf, anyOf }: Schema) =>
  !allOf && !anyOf && Object.keys((properties ?? {}) as object).length === 0

const contentOf = (scope: Scope, operation: Operation): Content | undefined => {
  const { consumes, data, input } = operation
  if (consumes.length === 0) return undefined
  if (data === 'fields') return recordBody(scope, operation)

  return isEmpty(input) ? undefined : inputContent(input)
}

/** Also a record of which every field has a default is sent, as an empty object. */
const isOptional = ({ data, input }: Operation) =>
  data === 'input' && ((input.required as string[] | undefined) ?? []).length === 0

const requestBody = (scope: Scope, operation: Operation) => {
  const content = contentOf(scope, operation)
  return content ? { requestBody: { required: !isOptional(operation), content } } : {}
}

const parametersOf = (
  { model, names }: Scope,
  { effect, data, input, answers, pages, http, form, asList }: Operation
): Parameter[] => {
  const own = effect === 'read' && data === 'input' ? inputParameters(input, http.path) : []
  const left = new Set([...own.map(({ name }) => name), ...(asList?.without ?? [])])
  const lists = pages ? listParameters(model, names, form) : []
  const records = answers === 'record' ? recordParameters(model, names, form) : []

  return [...own, ...[...lists, ...records].filter(({ name }) => !left.has(name))]
}

/** The same call on a socket, for those who write clients. */
const socketOf = ({ path }: Model, { name, target, data }: Operation) => ({
  'x-socket': {
    service: path,
    method: name,
    ...(data === 'input' && target === 'record' ? { id: 'in data.id' } : {})
  }
})

/** What else this address takes; the document has addresses of their own for it, so that each has one shape. */
const formHints = (operation: Operation): string[] =>
  operation.form === undefined ? formsOf(operation).map(formHint) : []
const formHint = ({ form, http: { path } }: Operation): string => {
  if (form === 'bulk') return `An array is taken as \`${path}\` takes it.`
  const parameters = pageFormAt(form)
    ?.parameters.map(({ name }) => `\`${name}\``)
    .join(' or ')

  return `With ${parameters ?? "`fields` (in Feathers' spelling `$select`)"} it answers as \`${path}\` does.`
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
      ...errorRefs(operation.errors)
    },
    security: securityOf(operation, scope.schemes),
    'x-rule': ruleData(operation.rule),
    ...socketOf(scope.model, operation)
  }
}
