import type { DocumentParts, OperationObject, Parameter, Schema } from '../openapi/openapi-document'
import { json } from '../openapi/openapi-document'
import { errorRefs } from '../openapi/openapi-errors'
import type { Receiver } from './define-receiver'
import { SCHEMES } from './schemes'

const answer: Schema = {
  type: 'object',
  required: ['id', 'status'],
  properties: {
    id: { type: 'string', description: 'Of the event.' },
    status: {
      enum: ['accepted', 'duplicate', 'ignored'],
      description: 'Whether it has a job now, had one before, or is of a type that nothing is done for.'
    }
  },
  examples: [{ id: 'evt_1', status: 'accepted' }]
}

const headersOf = ({ scheme }: Receiver): Parameter[] =>
  Object.entries(SCHEMES[scheme].headers).map(([name, description]) => ({
    name,
    in: 'header',
    description,
    required: true,
    schema: { type: 'string' }
  }))

const operationOf = (receiver: Receiver): OperationObject => ({
  operationId: `receive_${receiver.name}`,
  tags: ['receivers'],
  summary: receiver.description ?? `Receive webhooks of ${receiver.name}, signed as ${receiver.scheme} does`,
  parameters: headersOf(receiver),
  requestBody: { required: true, content: json({ schema: { ...receiver.payload } }) },
  responses: {
    202: { description: 'Received; its job is stored', content: json({ schema: answer }) },
    ...errorRefs([400, 401, 413, 415, 422, 429, 500, 503])
  },
  security: [{}]
})

/** The paths of the receivers that have a secret, for the OpenAPI document: these are no operations of a resource. */
export const receiversDocuments = (receivers: readonly Receiver[]): DocumentParts => ({
  paths: Object.fromEntries(
    receivers.map((receiver) => [`/receivers/${receiver.name}`, { post: operationOf(receiver) }])
  ),
  tags: receivers.length > 0 ? [{ name: 'receivers', description: 'Webhooks of other servers' }] : []
})
