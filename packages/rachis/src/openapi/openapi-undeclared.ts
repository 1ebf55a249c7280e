import { defaultServiceMethods, getServiceOptions } from '@feathersjs/feathers'
import type Swagger from 'feathers-swagger'
import type { OperationObject, Parameter, PathItem, Schema, Tag } from './openapi-document'
import type { Schemes } from './openapi-access'
import { schemesOfCalls } from './openapi-access'
import { pascal } from './openapi-document'
import { errorRefs } from './openapi-errors'
import { isObject } from '../util/is-object'

interface Specs {
  readonly paths: Record<string, Record<string, Described>>
  readonly tags: readonly Tag[]
  readonly components: { readonly schemas: Record<string, Schema> }
}
type Described = Omit<OperationObject, 'operationId'> & { readonly parameters?: readonly Parameter[] }
type Mixin = (service: object, path: string, options: object) => void
/** What a service may say of itself, as a person writes it for feathers-swagger. */
interface Options {
  readonly methods?: readonly string[]
  readonly docs?: { readonly description?: string; readonly multi?: readonly string[] }
}
type Multi = boolean | readonly string[] | undefined

/** By whichever scheme somebody likes. */
const anyOf = (schemes: Schemes) => Object.keys(schemesOfCalls(schemes)).map((name) => ({ [name]: [] }))

const modelOf = (path: string) => `${pascal(path)}Record`

/** Services that say nothing of their records: any object will do. Without these, feathers-swagger refers to what is not there. */
const permissive = (model: string): Record<string, Schema> => {
  const items = { type: 'array', items: { $ref: `#/components/schemas/${model}` } }
  const nonNegativeInteger = { type: 'integer', minimum: 0 }

  return {
    [model]: { type: 'object', additionalProperties: true, examples: [{}] },
    [`${model}List`]: { ...items, examples: [[]] },
    [`${model}Pagination`]: {
      type: 'object',
      properties: {
        total: nonNegativeInteger,
        limit: nonNegativeInteger,
        skip: nonNegativeInteger,
        data: items
      },
      required: ['total', 'limit', 'skip', 'data'],
      examples: [{ total: 0, limit: 10, skip: 0, data: [] }]
    }
  }
}

/** feathers-swagger makes its document from the mixin that it adds to an application; this stands in for one, so that no route is added. */
const describer = (schemes: Schemes) => {
  const app: { mixins: Mixin[]; docs?: Specs } = { mixins: [] }
  const config = {
    specs: { info: { title: '', version: '' }, security: anyOf(schemes) },
    idType: 'string' as const,
    defaults: {
      getOperationArgs: ({ path }: { path: string }) => ({ tag: path, tags: [path], model: modelOf(path), modelName: path }),
      // The record is no description of a query.
      getOperationsRefs: () => ({ filterParameter: '' }),
      schemasGenerator: (_service: unknown, model: string, _name: string, known: object) =>
        Object.fromEntries(Object.entries(permissive(model)).filter(([name]) => !(name in known)))
    }
  } // prettier-ignore
  // Only documents that somebody asks for need it: it would take a twentieth of each start.
  const swagger = require('feathers-swagger') as typeof Swagger
  swagger(config).call(app as never)

  return app as { mixins: [Mixin]; docs: Specs }
}

/** feathers-swagger takes `multi: ['create']` for all methods. */
const multiOf = (multi: Multi): readonly string[] =>
  multi === true ? ['create', 'patch', 'remove'] : multi || []

/** Behind a view of the service, since feathers-swagger writes its findings onto what it is given. */
const describeService = (mixin: Mixin, path: string, service: object) => {
  const options: Options = getServiceOptions(service as never) ?? {}
  const said = (service as { docs?: object }).docs ?? options.docs ?? {}
  const { multi } = (service as { options?: { multi?: Multi } }).options ?? {}
  const operations = { ...(said as { operations?: object }).operations }
  const docs = { multi: multiOf(multi), ...said, operations }
  mixin(Object.create(service, { docs: { value: docs, writable: true } }) as object, path, options)
}

const exclusive = (schema: Schema, limit: 'minimum' | 'maximum', keyword: string): Schema =>
  schema[keyword] === true
    ? { [keyword]: schema[limit], [limit]: undefined }
    : schema[keyword] === false
      ? { [keyword]: undefined }
      : {}

/** What OpenAPI 3.0 says in another way than 3.1, which takes JSON Schema as it is. */
const modern = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(modern)
  if (!isObject(value)) return value
  const { nullable, ...schema } = {
    ...value,
    ...exclusive(value, 'minimum', 'exclusiveMinimum'),
    ...exclusive(value, 'maximum', 'exclusiveMaximum')
  } as Schema
  const type = nullable === true && typeof schema.type === 'string' ? { type: [schema.type, 'null'] } : {}
  const entries = Object.entries({ ...schema, ...type }).filter(([, inner]) => inner !== undefined)

  return Object.fromEntries(entries.map(([key, inner]) => [key, modern(inner)]))
}

const NAMES: Readonly<Record<string, string>> = {
  get: 'find', post: 'create', put: 'update_multi', patch: 'patch_multi', delete: 'remove_multi',
  'get/': 'get', 'put/': 'update', 'patch/': 'patch', 'delete/': 'remove'
} // prettier-ignore

/** `/office/messages/{id}`, `get` → `office_messages_get` */
const operationIdOf = (path: string, method: string) => {
  const isOne = path.endsWith('}')
  const words = (isOne ? path.replace(/\/[^/]*$/, '') : path).match(/\w+/g) ?? []

  return [...words, NAMES[`${method}${isOne ? '/' : ''}`] ?? method].join('_')
}

/** Objects start empty in Swagger UI, which otherwise makes up properties and sends them. */
const startingEmpty = (parameter: Parameter): Parameter =>
  parameter.schema?.type === 'object'
    ? { ...parameter, schema: { default: {}, ...parameter.schema } }
    : parameter
const ANY_FILTER: Parameter = {
  name: 'filter',
  in: 'query',
  style: 'form',
  explode: true,
  description: 'Filters as the service takes them, each a parameter of its own: `{"text": "x"}` is sent as `?text=x`.',
  schema: { type: 'object', additionalProperties: true, default: {} }
} // prettier-ignore

const parametersOf = (id: string, parameters: readonly Parameter[] = []) => {
  const named = parameters.map(startingEmpty)
  return id.endsWith('_find') && !named.some(({ name }) => name === 'filter') ? [...named, ANY_FILTER] : named
}

const isFailure = (status: string) => /^[45]\d\d$/.test(status)

/** Failures are our error object, whatever service they happen in. */
const ANY_MAY_FAIL = [400, 403, 406, 409, 422, 429, 503]
const responsesOf = (responses: OperationObject['responses']): OperationObject['responses'] => ({
  ...Object.fromEntries(Object.entries(responses).filter(([status]) => !isFailure(status))),
  ...errorRefs([...new Set([...Object.keys(responses).filter(isFailure).map(Number), ...ANY_MAY_FAIL])])
})

const completed = (path: string, method: string, operation: Described, schemes: Schemes): OperationObject => {
  const operationId = operationIdOf(path, method)

  return {
    ...operation,
    operationId,
    summary: operation.summary || operation.description || operationId,
    parameters: parametersOf(operationId, operation.parameters),
    responses: responsesOf(operation.responses),
    // Whether its hooks ask for a credential nobody can tell from outside.
    security: operation.security?.length ? operation.security : [{}, ...anyOf(schemes)]
  }
}

const pathItem = (path: string, methods: Record<string, Described>, schemes: Schemes): PathItem =>
  Object.fromEntries(
    Object.entries(methods).map(([method, operation]) => [
      method,
      completed(path, method, operation, schemes)
    ])
  )

const REF = /"#\/components\/schemas\/([^"]+)"/g

/** A person's own docs may refer to what they forgot to describe; the document has to stay valid. */
const missingSchemas = (specs: object, known: object): Record<string, Schema> =>
  Object.fromEntries(
    [...JSON.stringify(specs).matchAll(REF)]
      .filter(([, name]) => !(name! in known))
      .map(([, name]) => [name!, { additionalProperties: true }])
  )

/** Methods beyond Feathers' own are called by a header, for which OpenAPI has no place. */
const withMethods = (tag: Tag, service: object | undefined): Tag => {
  const { methods = [] } = service ? getServiceOptions(service as never) : {}
  const own = methods.filter((method) => !defaultServiceMethods.includes(method))
  const text = `Methods of its own, by POST with the header X-Service-Method: ${own.join(', ')}.`

  return own.length > 0 ? { ...tag, description: [tag.description, text].filter(Boolean).join('. ') } : tag
}

/**
 * Services that the Feathers CLI or a person wrote, as feathers-swagger describes them by default or by the `docs` that they
 * were registered with, completed to OpenAPI 3.1: to be spread into the options of `openapi`.
 *
 * @param declared paths of services that are described elsewhere
 * @param schemes how credentials are sent
 * @example openapi(models, undeclared(app.services, models.map(({ path }) => path)))
 */
export const undeclared = (
  services: Readonly<Record<string, object>>,
  declared: Iterable<string>,
  schemes: Schemes = {}
) => {
  const known = new Set(declared)
  const app = describer(schemes)
  const [mixin] = app.mixins
  for (const [path, service] of Object.entries(services))
    if (!known.has(path)) describeService(mixin, path, service)
  const specs = modern(app.docs) as Specs
  const { schemas } = specs.components

  return {
    extraPaths: Object.fromEntries(
      Object.entries(specs.paths).map(([path, methods]) => [path, pathItem(path, methods, schemes)])
    ),
    extraSchemas: { ...schemas, ...missingSchemas(specs, schemas) },
    extraTags: specs.tags.map((tag) => withMethods(tag, services[tag.name]))
  }
}
