import type { Model } from '../model/model'
import { isTold } from './offered'
import type { OpenApiDocument, PathItem, Schema, SentEvents } from './openapi-document'
import { json, schemaRef } from './openapi-document'
import type { Names } from './openapi-operation'

interface Sent {
  readonly name: string
  readonly tag: string
  readonly operationId: string
  readonly summary: string
  readonly data: Schema
}

const envelope = ({ name, data }: Sent): Schema => ({
  type: 'object',
  properties: {
    type: { type: 'string', const: name },
    timestamp: { type: 'string', format: 'date-time', description: 'When it happened.' },
    data
  },
  required: ['type', 'timestamp', 'data']
})

const pathItem = (sent: Sent, events: SentEvents): PathItem => ({
  post: {
    operationId: sent.operationId,
    tags: [sent.tag],
    summary: sent.summary,
    parameters: Object.keys(events.headers).map((name) => ({ $ref: `#/components/parameters/${name}` })),
    requestBody: { required: true, content: json({ schema: envelope(sent) }) },
    responses: events.answers,
    security: []
  }
})

/** Of a record that left the sight of its reader the id is all that is still told. */
const dataOf = (event: string, { record, selection }: Names): Schema =>
  event === 'removed' ? { allOf: [schemaRef(selection)], required: ['id'] } : schemaRef(record)

const sentOf = (model: Model, names: Names, idOf: (name: string) => string): Sent[] =>
  model.events.map(({ name }) => ({
    name: `${model.path}.${name}`,
    tag: model.name,
    operationId: idOf(`${model.name}_${name}_webhook`),
    summary: `A record of ${model.name}: ${name}`,
    data: dataOf(name, names)
  }))

export interface WebhookScope {
  /** Of the resources that have records in the document. */
  readonly models: readonly Model[]
  readonly namesOf: (model: Model) => Names
  /** Hands out ids of operations, each once. */
  readonly idOf: (name: string) => string
}

/** What is added to the document and to its components. */
interface WebhookParts {
  readonly section: Pick<OpenApiDocument, 'webhooks'>
  readonly components: Pick<OpenApiDocument['components'], 'parameters'>
}

/**
 * What is sent to addresses that users give, one entry for each event that sockets are told of: the section `webhooks` of the document, and
 * the headers that all of them have.
 *
 * @example webhookParts(events, scope).section.webhooks['tasks.created'].post.operationId // 'tasks_created_webhook'
 */
export const webhookParts = (
  events: SentEvents | undefined,
  { models, namesOf, idOf }: WebhookScope
): WebhookParts => {
  if (!events) return { section: {}, components: {} }
  const told = models.filter((model) => isTold(model) && events.sends(model))
  const others = Object.entries(events.others).map(([name, { tag, summary, data }]): Sent => ({
    ...{ name, tag, summary, data },
    operationId: idOf(`${name.replace(/\W/g, '_')}_webhook`)
  }))
  const all = [...told.flatMap((model) => sentOf(model, namesOf(model), idOf)), ...others]

  return {
    section: { webhooks: Object.fromEntries(all.map((sent) => [sent.name, pathItem(sent, events)])) },
    components: { parameters: events.headers }
  }
}
