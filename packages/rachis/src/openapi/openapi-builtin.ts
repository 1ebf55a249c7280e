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

const eventParameter = (name: string, description: string, where: 'query' | 'header' = 'query') => ({
  name,
  in: where,
  description,
  schema: text
})

const eventStream: OperationObject = {
  operationId: 'events_stream',
  tags: ['events'],
  summary: 'What happens, as server-sent events',
  description:
    'The events that a socket of the same caller hears, each named as `tasks created` with the record as its data. Ids are opaque: a client that comes back with the last one is sent what it has missed, or `tasks reset` where it has to fetch anew.',
  parameters: [
    eventParameter('resources', 'Paths of resources, as in `tasks,notes`; all that may be read by default'),
    {
      ...eventParameter('filter', 'Of resources, as in `filter[tasks][status]=pending`: fields of the record itself'),
      style: 'deepObject',
      schema: { type: 'object', additionalProperties: { type: 'object', additionalProperties: true } }
    },
    eventParameter('last_event_id', 'As the header, for a client that cannot send it: also `X-Rachis-Position` of a list'),
    eventParameter('Last-Event-ID', 'The last id that the client has', 'header')
  ],
  responses: {
    200: { description: 'The stream, which does not end', content: { 'text/event-stream': { schema: text } } },
    ...errorRefs([400, 401, 403, 406, 422, 429, 500, 503])
  }
} // prettier-ignore

export const builtinPaths: Readonly<Record<string, PathItem>> = {
  '/events': { get: eventStream },
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
  { name: 'events', description: 'What happens, for clients without sockets' },
  { name: 'health', description: 'For who watches over the server' }
]
