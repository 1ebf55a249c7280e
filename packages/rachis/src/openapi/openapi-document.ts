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
export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete'
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
  readonly components: {
    readonly schemas: Readonly<Record<string, Schema>>
    readonly responses: Readonly<Record<string, Answer>>
    readonly headers: Readonly<Record<string, { readonly description: string; readonly schema: Schema }>>
    readonly securitySchemes: Readonly<Record<string, object>>
  }
}

/** What a document tells of besides declared resources. */
export interface DocumentParts {
  readonly paths?: Readonly<Record<string, PathItem>>
  readonly schemas?: Readonly<Record<string, Schema>>
  readonly tags?: readonly Tag[]
  /** What stands in the description of the whole document, in Markdown. */
  readonly description?: string
}

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
