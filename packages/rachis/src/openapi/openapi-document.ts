import type { Model } from '../model/model'
import { singular } from '../util/singular'

/** A JSON Schema, draft 2020-12, as OpenAPI 3.1 takes it. */
export type Schema = Readonly<Record<string, unknown>>
export interface Ref {
  readonly $ref: string
}
export interface Parameter {
  readonly name: string
  readonly in: 'query' | 'path' | 'header'
  readonly description?: string
  readonly required?: boolean
  readonly style?: 'form' | 'deepObject' | 'simple'
  readonly explode?: boolean
  readonly schema: Schema
  readonly [extension: `x-${string}`]: unknown
}
export interface MediaType {
  readonly schema: Schema
  readonly example?: unknown
  readonly examples?: Readonly<Record<string, { readonly summary?: string; readonly value: unknown }>>
}
export type Content = Readonly<Record<string, MediaType>>
export interface Answer {
  readonly description: string
  readonly headers?: Readonly<Record<string, Ref | { readonly description: string; readonly schema: Schema }>>
  readonly content?: Content
}
export type Security = readonly Readonly<Record<string, readonly string[]>>[]
export interface OperationObject {
  readonly operationId: string
  readonly tags: readonly string[]
  readonly summary: string
  readonly description?: string
  readonly parameters?: readonly (Parameter | Ref)[]
  readonly requestBody?: { readonly required: boolean; readonly content: Content }
  readonly responses: Readonly<Record<string, Answer | Ref>>
  readonly security?: Security
  readonly [extension: `x-${string}`]: unknown
}
export type Method = 'get' | 'head' | 'post' | 'put' | 'patch' | 'delete' | 'options'
export type PathItem = { readonly [method in Method]?: OperationObject } & {
  readonly parameters?: readonly (Parameter | Ref)[]
  readonly servers?: readonly Server[]
}
export interface Server {
  readonly url: string
  readonly description?: string
}
export interface Tag {
  readonly name: string
  readonly description?: string
}
export interface OpenApiDocument {
  readonly openapi: '3.1.0'
  readonly info: { readonly title: string; readonly version: string; readonly description?: string }
  readonly servers: readonly Server[]
  readonly tags: readonly Tag[]
  readonly paths: Readonly<Record<string, PathItem>>
  /** What is sent to addresses that users give, by the names of events. */
  readonly webhooks?: Readonly<Record<string, PathItem>>
  readonly components: {
    readonly schemas: Readonly<Record<string, Schema>>
    readonly responses: Readonly<Record<string, Answer>>
    readonly parameters?: Readonly<Record<string, Parameter>>
    readonly headers: Readonly<Record<string, { readonly description: string; readonly schema: Schema }>>
    readonly securitySchemes: Readonly<Record<string, object>>
  }
}

/** What is said of an operation besides what follows from its declaration: what else a module takes and answers at its address. */
export type Supplement = Partial<Pick<OperationObject, 'description' | 'parameters' | 'responses'>>

/** What a module sends to addresses that users give: the events of resources, each as a POST. */
export interface SentEvents {
  /** Whether events of this resource are sent. */
  sends(model: Model): boolean
  /** The headers that every request has, by their names in the document. */
  readonly headers: Readonly<Record<string, Parameter>>
  /** What answers mean to the sender, by status. */
  readonly answers: Readonly<Record<string, Answer>>
  /** Events of no resource, with the schemas of their data. */
  readonly others: Readonly<
    Record<string, { readonly tag: string; readonly summary: string; readonly data: Schema }>
  >
}

/** What a document tells of besides declared resources. */
export interface DocumentParts {
  readonly paths?: Readonly<Record<string, PathItem>>
  /** By path and method of an operation. */
  readonly supplements?: Readonly<Record<string, { readonly [method in Method]?: Supplement }>>
  readonly schemas?: Readonly<Record<string, Schema>>
  readonly tags?: readonly Tag[]
  /** What stands in the description of the whole document, in Markdown. */
  readonly description?: string
  /** Of one module at most. */
  readonly webhooks?: SentEvents
}
/** Those of all modules. */
export type MergedParts = Required<Omit<DocumentParts, 'webhooks'>> & Pick<DocumentParts, 'webhooks'>

export const schemaRef = (name: string): Ref & Schema => ({ $ref: `#/components/schemas/${name}` })
export const json = (media: MediaType): Content => ({ 'application/json': media })

/**
 * Hands out names, each once.
 *
 * @example const named = namer(); [named('Task'), named('Task')] // ['Task', 'Task2']
 */
export const namer = (taken: Iterable<string> = []) => {
  const used = new Set(taken)

  return (wanted: string): string => {
    let name = wanted
    for (let count = 2; used.has(name); count++) name = `${wanted}${count}`
    used.add(name)

    return name
  }
}

/** `order-items` → `OrderItems` */
export const pascal = (name: string): string =>
  name
    .split(/[^A-Za-z0-9]+/)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('')

/**
 * Names of JavaScript's and TypeScript's own types that generated clients use. A schema of that name would take their place in the
 * generated file, which then does not compile: orval sends a `Blob | File` in forms.
 */
const OF_THE_LANGUAGE = new Set(
  [
    'Array',
    'Blob',
    'Boolean',
    'Date',
    'Error',
    'Event',
    'EventSource',
    'File',
    'FormData',
    'Function',
    'Headers',
    'Map',
    'Number'
  ].concat([
    'Object',
    'Promise',
    'Record',
    'Request',
    'Response',
    'Set',
    'String',
    'Symbol',
    'URL',
    'URLSearchParams'
  ])
)

/** The name of the schema of one record: `order-items` → `OrderItem`, `files` → `FileRecord`. */
export const recordName = (resource: string): string => {
  const name = pascal(singular(resource))

  return OF_THE_LANGUAGE.has(name) ? `${name}Record` : name
}
