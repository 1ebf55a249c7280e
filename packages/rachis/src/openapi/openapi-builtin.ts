import type { OperationObject, PathItem, Schema, Tag } from './openapi-document'
import { json, schemaRef } from './openapi-document'
import { errorRefs } from './openapi-errors'

const text = { type: 'string' }

export const builtinSchemas: Readonly<Record<string, Schema>> = {
  Health: {
    type: 'object',
    properties: { status: text },
    required: ['status'],
    examples: [{ status: 'ok' }]
  }
}

const answer = (description: string, name: string) => ({
  description,
  content: json({ schema: schemaRef(name) })
})

const healthOperation = (operationId: string, summary: string, statuses: number[]): OperationObject => ({
  operationId,
  tags: ['health'],
  summary,
  responses: { 200: answer('OK', 'Health'), ...errorRefs(statuses) },
  security: [{}]
})
/** Health is asked beside the API, not below it. */
const ROOT = [{ url: '/' }]

export const builtinPaths: Readonly<Record<string, PathItem>> = {
  '/health': {
    servers: ROOT,
    get: healthOperation('health_live', 'Whether the process lives', [500])
  },
  '/health/ready': {
    servers: ROOT,
    get: healthOperation('health_ready', 'Whether it can serve: its database answers', [500, 503])
  }
}

export const builtinTags: readonly Tag[] = [
  { name: 'health', description: 'For who watches over the server' }
]
