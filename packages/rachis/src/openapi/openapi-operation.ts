import type { TSchema } from '@feathersjs/typebox'
import type { Model } from '../model/model'
import type { Schemes } from './openapi-access'
import { mayReadAnswer, ruleData, ruleText, securityOf } from './openapi-access'
import type { Answer, Content, OperationObject, Parameter, Schema } from './openapi-document'
import { json, schemaRef } from './openapi-document'
import { bytesAnswer, bytesAnswers, bytesParameters } from './openapi-bytes'
import { errorRefs } from './openapi-errors'
import { exampleOf } from './openapi-example'
import { groupsSchema } from './openapi-groups'
import { headersOf, notModified } from './openapi-headers'
import type { QueryNames } from './openapi-parameters'
import {
  filterParameters,
  inputParameters,
  listParameters,
  recordParameters,
  searchParameters
} from './openapi-parameters'
import { rateHints } from './openapi-rates'
import { exportAnswer, importBody, importParameters, progressContent } from './openapi-transfer'
import { clean, withoutDefaults } from './openapi-schema'
import { formsOf } from '../model/forms'
import { mayBeMinimal } from '../model/minimal'
import { answersBytes } from '../model/operation'
import type { Form, Operation } from '../model/operations'
import type { PageForm } from '../model/pages'
import { BY_OFFSET, pageFormAt } from '../model/pages'

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
  const { answers, output, form, groups } = operation
  if (groups) return groupsSchema(scope.model, output, scope.names.enums)
  if (answers === 'page') return listAnswer(scope, form)
  if (answers !== 'record') return scope.refer(clean(output))
  if (form === 'select') return schemaRef(scope.names.selection)
  const one = recordAnswer(scope, operation)

  return form === 'bulk' ? { type: 'array', items: one } : one
}

const success = (scope: Scope, operation: Operation): Answer => {
  const { answers, produces, location, output } = operation
  const headers = headersOf(operation)
  if (produces.length === 0) return { description: 'Done', ...headers }
  if (operation.form === 'export') return exportAnswer(scope.names.selection)
  if (answersBytes(operation)) return bytesAnswer
  const example = answers === 'output' ? exampleOf(clean(output)) : undefined

  return {
    description: location === undefined ? 'OK' : 'Created',
    ...headers,
    content: {
      ...exampled(answerSchema(scope, operation), example),
      ...(operation.form === 'import' ? progressContent : {})
    }
  }
}

/** The answer without the record; that of a creation keeps its status, and has no body. */
const minimal = (operation: Operation): Record<string, Answer> =>
  mayBeMinimal(operation) && operation.http.status === 200
    ? { 204: { description: 'Done, with `Prefer: return=minimal`', ...headersOf(operation) } }
    : {}

/** A record, or a list of them, as an operation takes it. */
const recordBody = ({ names, exampleIn }: Scope, { name, form, batch, many }: Operation): Content => {
  const schema = names.written.get(many?.as ?? name)!
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
  if (operation.form === 'import') return importBody(scope.names.written.get('create')!)
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

/** Of every write. On sockets it is `$idempotency_key` of the query. */
const IDEMPOTENCY_KEY: Parameter = {
  name: 'Idempotency-Key',
  in: 'header',
  description:
    'A new UUID for each call: with the same one the same call is made once, however often it is sent within a day.',
  schema: { type: 'string', minLength: 1, maxLength: 255 }
}

/** Of every read on REST. */
const IF_NONE_MATCH: Parameter = {
  name: 'If-None-Match',
  in: 'header',
  description:
    'Validators of answers that the client has, or `*`: if one of them is that of the answer, 304 says so in its place.',
  schema: { type: 'string', maxLength: 8192 }
}

/** Whether its answer has a validator: an export is sent before all of it is known. */
const isValidated = ({ effect, form }: Operation) => effect === 'read' && form !== 'export'

/** Of every write of one record. */
const ifMatch = (model: Model, { ifMatch: use }: Operation): Parameter => ({
  name: 'If-Match',
  in: 'header',
  description: `The \`ETag\` of the record as it was read${model.versioned ? ', or its version in quotes' : ''}: if it was changed since, 412 says so in place of the write.`,
  ...(use === 'required' ? { required: true } : {}),
  schema: { type: 'string', maxLength: 8192, ...(model.versioned ? { examples: ['"7"'] } : {}) }
})

/** RFC 7240. */
const PREFER: Parameter = {
  name: 'Prefer',
  in: 'header',
  description: '`return=minimal` leaves the record out of the answer.',
  schema: { type: 'string', examples: ['return=minimal'] }
}

/** What an operation takes of the parameters of a list. */
const ofLists = ({ model, names }: Scope, { pages, form, many, groups }: Operation): Parameter[] => [
  ...(pages ? listParameters(model, names, form) : []),
  ...(groups ? searchParameters(model) : []),
  ...(many || groups ? filterParameters(model, names) : [])
]

const headerParameters = (model: Model, operation: Operation): Parameter[] => [
  ...(operation.effect === 'write' ? [IDEMPOTENCY_KEY] : []),
  ...(isValidated(operation) ? [IF_NONE_MATCH] : []),
  ...bytesParameters(operation),
  ...(operation.ifMatch ? [ifMatch(model, operation)] : []),
  ...(mayBeMinimal(operation) ? [PREFER] : [])
]

const parametersOf = (scope: Scope, operation: Operation): Parameter[] => {
  const { effect, data, input, answers, http, form, asList } = operation
  const own = effect === 'read' && data === 'input' ? inputParameters(input, http.path) : []
  const left = new Set([...own.map(({ name }) => name), ...(asList?.without ?? [])])
  const imports = form === 'import' ? importParameters : []
  const records = answers === 'record' ? recordParameters(scope.model, scope.names, form) : []
  const others = [...ofLists(scope, operation), ...records].filter(({ name }) => !left.has(name))

  return [...own, ...imports, ...others, ...headerParameters(scope.model, operation)]
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
  if (form === 'export')
    return `With \`Accept: text/csv\` or \`application/x-ndjson\` it answers all records as \`${path}\` does.`
  if (form === 'import')
    return `With \`Content-Type: text/csv\` or \`application/x-ndjson\` it takes a file as \`${path}\` does.`
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
    description: [`For ${ruleText(operation.rule)}.`, ...rateHints(operation), ...formHints(operation)].join(
      '\n\n'
    ),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...requestBody(scope, operation),
    responses: {
      [operation.http.status]: success(scope, operation),
      ...(isValidated(operation) ? { 304: notModified(operation) } : {}),
      ...minimal(operation),
      ...bytesAnswers(operation),
      ...errorRefs(operation.errors)
    },
    security: securityOf(operation, scope.schemes),
    'x-rule': ruleData(operation.rule),
    ...socketOf(scope.model, operation)
  }
}
