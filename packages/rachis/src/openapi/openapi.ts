import { formsOf } from '../model/forms'
import type { Model } from '../model/model'
import { builtinPaths, builtinSchemas, builtinTags } from './openapi-builtin'
import type {
  DocumentParts,
  Method,
  OpenApiDocument,
  PathItem,
  Schema,
  SentEvents,
  Tag
} from './openapi-document'
import { namer, pascal, recordName, schemaRef } from './openapi-document'
import type { ErrorDefinition } from '../errors/define-errors'
import { errorComponents, errorHeaders } from './openapi-errors'
import { filtersSchema } from './openapi-filters'
import { bytesHeaders } from './openapi-bytes'
import { answerHeaders } from './openapi-headers'
import type { Names, Scope } from './openapi-operation'
import { operationObject } from './openapi-operation'
import { fieldNames, includeNames, pageParameterSchemas, pageSchema, sortNames } from './openapi-pages'
import type { Enums } from './openapi-schema'
import { supplemented } from './openapi-supplements'
import { offeredOf } from './offered'
import { clean, enumSchemas, recordSchema, selectionSchema, writtenSchema } from './openapi-schema'
import { webhookParts } from './openapi-webhooks'
import type { Operation } from '../model/operations'
import { BY_OFFSET, PAGE_FORMS } from '../model/pages'
import { prefixOf } from '../model/prefix'
import type { ModuleFacts } from '../rules/module-facts'
import { isObject } from '../util/is-object'

export type { OpenApiDocument } from './openapi-document'

export interface OpenApiOptions {
  readonly title?: string
  readonly version?: string
  /** The version of the API that is told of; 1 by default. */
  readonly apiVersion?: number
  /** What is served beside the declared resources. */
  readonly extraPaths?: Readonly<Record<string, PathItem>>
  /** What is said of operations besides. */
  readonly supplements?: DocumentParts['supplements']
  readonly extraSchemas?: Readonly<Record<string, Schema>>
  readonly extraTags?: readonly Tag[]
  /** What modules and the application add to the catalogue of errors. */
  readonly extraErrors?: readonly ErrorDefinition[]
  /** What modules say in the description of the whole. */
  readonly extraDescription?: string
  /** What a module sends to addresses that users give. */
  readonly sentEvents?: SentEvents
  /** How credentials are sent, and what clients are told to do about errors of the engine: `ModuleFacts`. */
  readonly schemes?: ModuleFacts['schemes']
  readonly hints?: ModuleFacts['hints']
}

const DESCRIPTION = `One grammar of queries, in two spellings; one object for every error; one rule for each operation, on every transport.

What you may not see is not found (404).
Every method is a method of the same name on sockets as well: \`x-socket\` names service and method, \`x-rule\` who may call it.`

const hasRecords = ({ source }: Model) => source !== undefined

/** The enumerated fields that are shown, each with the name of its schema: `status` of `tasks` is `TaskStatus`. */
const enumsOf = (model: Model, derived: (ending: string) => string): Enums =>
  new Map(
    [...model.fields.values()]
      .filter((field) => field.enum && !field.hidden)
      .map(({ name }) => [name, derived(pascal(name))])
  )

const WRITTEN = ['create', 'update', 'patch'] as const

const namesOf = (model: Model, named: (name: string) => string): Names => {
  const record = named(recordName(model.name))
  const derived = (ending: string) => named(`${record}${ending}`)

  return {
    record,
    written: new Map(WRITTEN.map((method) => [method, derived(pascal(method))])),
    pages: new Map(PAGE_FORMS.map((form) => [form, derived(form.schemaName)])),
    selection: derived('Selection'),
    selectionPage: derived(`Selection${BY_OFFSET.schemaName}`),
    field: derived('Field'),
    filters: derived('Filters'),
    sort: derived('Sort'),
    include: derived('Include'),
    enums: enumsOf(model, derived)
  }
}
type NamesOf = (model: Model) => Names

/** Named in the order of the declarations, so that a name does not depend on what else refers to it. */
const namesFor = (models: readonly Model[], taken: Iterable<string>): NamesOf => {
  const named = namer(taken)
  const names = new Map(models.map((model) => [model.name, namesOf(model, named)]))

  return ({ name }) => names.get(name)!
}

/** The schemas of what lists and gets answer and take. */
const readSchemas = (model: Model, names: Names, whole: Schema): Record<string, Schema> => {
  const [example] = (whole.examples ?? []) as unknown[]
  const include = includeNames(model)

  return {
    ...Object.fromEntries(
      [...names.pages].map(([form, name]) => [name, pageSchema(form, names.record, example)])
    ),
    [names.selectionPage]: pageSchema(BY_OFFSET, names.selection, example),
    [names.filters]: filtersSchema(model, names.enums),
    [names.sort]: sortNames(model),
    ...(include ? { [names.include]: include } : {})
  }
}

/** The schemas that the operations of a model refer to, and no others. */
const schemasOf = (model: Model, namesOf: NamesOf): Record<string, Schema> => {
  const names = namesOf(model)
  const operations = offeredOf(model)
  const takesFields = (method: string) =>
    operations.some(({ name, data }) => name === method && data === 'fields')
  const whole = recordSchema(model, (other) => namesOf(other).record, names.enums)

  return {
    [names.record]: whole,
    [names.selection]: selectionSchema(whole),
    ...enumSchemas(model, names.enums),
    ...Object.fromEntries(
      WRITTEN.filter(takesFields).map((method) => [
        names.written.get(method)!,
        writtenSchema(model, method, names.enums)
      ])
    ),
    ...(operations.some(({ answers }) => answers === 'page')
      ? { [names.field]: fieldNames(model), ...readSchemas(model, names, whole) }
      : {})
  }
}

/** Outputs that are, or hold, a record of a resource say so by a reference to its schema. */
const referrer = (models: readonly Model[], namesOf: NamesOf) => {
  const known = new Map(models.map((model) => [JSON.stringify(clean(model.record)), namesOf(model).record]))
  const refer = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(refer)
    if (!isObject(value)) return value
    const name = known.get(JSON.stringify(value))
    if (name) return schemaRef(name)

    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, refer(inner)]))
  }

  return (schema: Schema) => refer(schema) as Schema
}

const methodOf = ({ http }: Operation) => http.method.toLowerCase() as Method

/** The id of the record stands once for all operations of its path. */
const idParameter = ({ fields }: Model) => {
  const { minimum, maximum, ...schema } = clean(fields.get('id')!.schema) as Record<string, unknown>
  const limits = minimum === undefined ? {} : { minimum, maximum, format: 'int64' }

  return { name: 'id', in: 'path', required: true, description: 'The id of the record.', schema: { ...schema, ...limits } } as const // prettier-ignore
}

const pathsOf = (models: readonly Model[], scopeOf: (model: Model) => Scope) => {
  const paths: Record<string, PathItem> = {}
  for (const model of models)
    for (const operation of [...offeredOf(model), ...offeredOf(model).flatMap(formsOf)]) {
      const { path } = operation.http
      const item = paths[path] ?? (operation.target === 'record' ? { parameters: [idParameter(model)] } : {})
      paths[path] = { ...item, [methodOf(operation)]: operationObject(scopeOf(model), operation) }
    }

  return paths
}

type Paths = Readonly<Record<string, PathItem>>

/** A module may serve another method of a path that has operations, such as an upload. */
const mergedPaths = (others: Paths, own: Paths): Paths =>
  Object.fromEntries(
    [...new Set([...Object.keys(others), ...Object.keys(own)])].map((path) => [
      path,
      { ...others[path], ...own[path] }
    ])
  )

const RESERVED = ['Error', 'ErrorDetail', ...Object.keys(builtinSchemas)]
const idsIn = (paths: Readonly<Record<string, PathItem>>): string[] =>
  Object.values(paths).flatMap((item) =>
    Object.values(item).flatMap((value) => ('operationId' in value ? [value.operationId] : []))
  )

const tagOf = ({ name, description }: Model): Tag => ({ name, ...(description ? { description } : {}) })

/** A name once, as it was said first. */
const byName = (tags: readonly Tag[]): Tag[] =>
  tags.filter(({ name }, index) => tags.findIndex((tag) => tag.name === name) === index)

const serversOf = ({ apiVersion = 1 }: OpenApiOptions) => [{ url: prefixOf(apiVersion) }]

/**
 * Declarations → an OpenAPI 3.1 document. Pure.
 *
 * @example openapi(lowerAll(resources)).paths['/tasks/{id}/complete'].post.operationId // 'tasks_complete'
 */
export const openapi = (models: readonly Model[], options: OpenApiOptions = {}): OpenApiDocument => {
  const { title = 'Rachis', version = '1.0.0', extraPaths = {}, extraSchemas = {}, extraTags = [] } = options
  const { schemes = {}, hints = {}, extraDescription = '' } = options
  const errors = errorComponents(options.extraErrors ?? [], hints)
  const told = models.filter((model) => offeredOf(model).length > 0)
  const recorded = told.filter(hasRecords)
  const hasPages = recorded.some((model) => offeredOf(model).some(({ pages }) => pages !== undefined))
  const namesOf = namesFor(models, [
    ...RESERVED,
    ...Object.keys(pageParameterSchemas),
    ...Object.keys(extraSchemas)
  ])
  const refer = referrer(recorded, namesOf)
  const beside = builtinPaths(schemes)
  const ids = namer(idsIn({ ...beside, ...extraPaths }))
  const idOf = ({ resource, name, form }: Operation) => ids([resource, name, form].filter(Boolean).join('_'))
  const schemas: Record<string, Schema> = { ...extraSchemas, ...Object.assign({}, ...recorded.map((model) => schemasOf(model, namesOf))), ...(hasPages ? pageParameterSchemas : {}), ...errors.schemas, ...builtinSchemas } // prettier-ignore
  const exampleIn = (name: string) => (schemas[name]?.examples as unknown[] | undefined)?.[0]
  const scopeOf = (model: Model): Scope => ({ model, names: namesOf(model), idOf, refer, exampleIn, schemes })
  const paths = supplemented(pathsOf(told, scopeOf), options.supplements)
  const sent = webhookParts(options.sentEvents, { models: recorded, namesOf, idOf: ids })

  return {
    openapi: '3.1.0',
    info: { title, version, description: [DESCRIPTION, extraDescription].filter(Boolean).join('\n\n') },
    servers: serversOf(options),
    tags: byName([...told.map(tagOf), ...extraTags, ...builtinTags]),
    // A service of that path is told of rather than what stands beside the API.
    paths: mergedPaths({ ...beside, ...extraPaths }, paths),
    ...sent.section,
    components: {
      schemas,
      responses: errors.responses,
      ...sent.components,
      headers: { ...errorHeaders, ...answerHeaders, ...bytesHeaders },
      securitySchemes: Object.fromEntries(
        Object.entries(schemes).map(([name, scheme]) => [name, scheme.openapi])
      )
    }
  }
}
