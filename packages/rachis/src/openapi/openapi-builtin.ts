import { PREFIX } from '../model/prefix'
import type { Schemes } from './openapi-access'
import type { OperationObject, PathItem, Schema, Tag } from './openapi-document'
import { json, schemaRef } from './openapi-document'
import { errorRefs } from './openapi-errors'

const text = { type: 'string' }

const eventChunk: Schema = {
  type: 'object',
  properties: {
    events: {
      type: 'array',
      items: {
        type: 'object',
        properties: { event: text, data: { type: 'object' }, tx: text },
        required: ['event', 'data']
      }
    },
    position: { ...text, description: 'The place up to which is told, which is opaque.' },
    next: { ...text, description: 'The address of what follows.' },
    up_to_date: { type: 'boolean', description: 'Whether that is the present.' }
  },
  required: ['events', 'position', 'next', 'up_to_date'],
  examples: [
    {
      events: [{ event: 'notes patched', data: { id: 7, title: 'Tea' }, tx: '1204' }],
      position: '1.16402-16410-16410.1041.qbBq',
      next: `${PREFIX}/events/poll?resources=notes&after=1.16402-16410-16410.1041.qbBq&live=88362145`,
      up_to_date: true
    }
  ]
}

export const builtinSchemas: Readonly<Record<string, Schema>> = {
  EventChunk: eventChunk,
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

const eventPoll: OperationObject = {
  operationId: 'events_poll',
  tags: ['events'],
  summary: 'What happened to what anybody may read, for caches',
  description:
    'A chunk of the events of named resources, as anybody may read them: credentials are not looked at. All who ask from the same place get the same chunk, which a cache may keep. Follow `next`, which waits where all is told.',
  parameters: [
    { ...eventParameter('resources', 'Paths of resources, as in `notes,tags`'), required: true },
    {
      ...eventParameter('filter', 'Of resources, as in `filter[notes][topic_id]=3`: fields of the record itself'),
      style: 'deepObject',
      schema: { type: 'object', additionalProperties: { type: 'object', additionalProperties: true } }
    },
    eventParameter('after', 'The `position` of the last answer, or `X-Rachis-Position` of a list that was read without credentials; the present by default'),
    {
      ...eventParameter('live', 'As `next` says it: the answer waits until something happens'),
      schema: { type: 'integer', minimum: 0 }
    }
  ],
  responses: {
    200: {
      ...answer('A chunk', 'EventChunk'),
      headers: { 'Cache-Control': { description: 'How long a cache may keep it', schema: text } }
    },
    ...errorRefs([400, 401, 403, 406, 422, 429, 500, 503])
  },
  security: [{}]
} // prettier-ignore

/** @param schemes how credentials are sent */
export const builtinPaths = (schemes: Schemes): Readonly<Record<string, PathItem>> => ({
  '/events': {
    get: { ...eventStream, security: [{}, ...Object.keys(schemes).map((name) => ({ [name]: [] }))] }
  },
  '/events/poll': { get: eventPoll },
  '/health': {
    servers: ROOT,
    get: healthOperation('health_live', 'Whether the process lives', [500])
  },
  '/health/ready': {
    servers: ROOT,
    get: healthOperation('health_ready', 'Whether it can serve: its database answers', [500, 503])
  }
})

export const builtinTags: readonly Tag[] = [
  { name: 'events', description: 'What happens, for clients without sockets' },
  { name: 'health', description: 'For who watches over the server' }
]
