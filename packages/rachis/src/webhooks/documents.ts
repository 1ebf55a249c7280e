import type { Parameter, Schema, SentEvents } from '../openapi/openapi-document'
import { toldModels } from './reading'
import { RESET_EVENT, TEST_EVENT } from './sending/delivery'

const header = (name: string, description: string, schema: Schema): Parameter => ({
  ...{ name, in: 'header', required: true, description, schema }
})

/** What endpoints are sent, as the document says it. */
export const sentEvents: SentEvents = {
  sends: (model) => toldModels([model]).length > 0,
  headers: {
    WebhookId: header('webhook-id', 'The same for each attempt and each replay of one event.', {
      type: 'string',
      examples: ['msg_DEQrBQqedmDy8nb4WNc_-fIMgTO']
    }),
    WebhookTimestamp: header(
      'webhook-timestamp',
      'When the attempt was made, in seconds since 1970: refuse what is older than some minutes.',
      { type: 'string', pattern: '^\\d+$', examples: ['1795949385'] }
    ),
    WebhookSignature: header(
      'webhook-signature',
      'HMAC-SHA256 of `id.timestamp.body` by the secret of the endpoint, in base64, as Standard Webhooks says. After a rotation there are several, with spaces between them: one has to fit.',
      {
        type: 'string',
        pattern: '^v1,\\S+( v1,\\S+)*$',
        examples: ['v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=']
      }
    )
  },
  answers: {
    '2XX': { description: 'It is delivered' },
    '410': { description: 'The endpoint is switched off, and nothing more is sent to it' },
    default: { description: 'It is sent again later, for three days; also where there is no answer in time' }
  },
  others: {
    [RESET_EVENT]: {
      tag: 'webhook_endpoints',
      summary: 'What the feed cannot tell: the records of these resources are to be read anew',
      data: {
        type: 'object',
        properties: {
          reason: { type: 'string', enum: ['retention', 'epoch', 'truncated', 'owner'] },
          resources: { type: 'array', items: { type: 'string' } }
        },
        required: ['reason', 'resources']
      }
    },
    [TEST_EVENT]: {
      tag: 'webhook_endpoints',
      summary: 'An event that says nothing, by which an owner tries an endpoint out',
      data: { type: 'object', properties: { endpoint_id: { type: 'integer' } }, required: ['endpoint_id'] }
    }
  }
}
