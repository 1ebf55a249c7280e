import type { Static } from '@feathersjs/typebox'
import {
  $user, belongsTo, defineResource, integer, nullable, oneOf, readOnly, role, text, timestamp, Type, writeOnly
} from '../../declare' // prettier-ignore
import type { ActionContext, ServiceOf } from '../../declare'
import { BIGINT } from '../../declare/column-types'
import { MAX_REQUEST, MAX_RESPONSE } from '../sending/delivery'
import { nothing } from './endpoint-fields'
import { replayOne } from './replay-one'

const mine = { user_id: $user.id }
/** Content of records, which the owner may read: administrators see that something was sent, and only the action `content` answers what. */
const unlisted = (maxLength: number) => readOnly(writeOnly(nullable(text({ maxLength }))))
const place = () => Type.Integer({ column: BIGINT.name })

/** `waiting`: an earlier one of the same record is not done. `withheld`: its owner may not read it any more. */
export const STATES = ['waiting', 'pending', 'delivered', 'failed', 'withheld'] as const

const fields = {
  endpoint_id: belongsTo('webhook_endpoints' as never, { on_delete: 'cascade' }),
  /** The endpoint's owner. */
  user_id: belongsTo('users', { on_delete: 'cascade' }),
  /** `webhook-id`: the same for each attempt, also of a replay. */
  event_id: text({ maxLength: 64 }),
  event: text({ maxLength: 130, examples: ['users.patched'] }),
  resource: nullable(text({ maxLength: 64 })),
  record_id: nullable(text({ maxLength: 100 })),
  /** Of the change in the feed. */
  change_id: nullable(place()),
  happened_at: timestamp(),
  /** Of `rachis.reset`: why the endpoint has to read anew. */
  reason: nullable(oneOf('epoch', 'retention', 'truncated', 'owner')),
  state: oneOf(...STATES),
  attempts: integer({ minimum: 0 }),
  next_attempt_at: nullable(timestamp()),
  last_attempt_at: nullable(timestamp()),
  /** The beginning of what was sent last. It is not in the feed, as no write-only field is: each attempt would write it there again. */
  request_body: unlisted(MAX_REQUEST),
  response_status: nullable(integer()),
  response_body: unlisted(MAX_RESPONSE),
  error: nullable(text({ maxLength: 500 })),
  /** Milliseconds that the last attempt took. */
  duration: nullable(integer({ minimum: 0 }))
}

const body = () => Type.Union([Type.String(), Type.Null()])
const content = Type.Object({ request_body: body(), response_body: body() })

const showContent = async (
  _input: unknown,
  { record, table }: ActionContext<{ id: number }>
): Promise<Static<typeof content>> =>
  (await table().where({ id: record.id }).first('request_body', 'response_body')) as Static<typeof content>

/**
 * What was sent to endpoints, and what is to be.
 *
 * @param days after which it is forgotten
 */
export const webhookDeliveriesFor = (days: number) =>
  defineResource('webhook_deliveries', {
    path: 'webhook-deliveries',
    description: 'Events that are sent to webhook endpoints, and what came of the last attempt',
    /** A key with few permissions would read what its owner may. */
    interactive_only: ['content'],
    fields,
    relations: { endpoint: { one: 'endpoint_id' } },
    access: { read: [mine, role('admin')] },
    unique: [['endpoint_id', 'event_id']],
    indexes: [
      'user_id',
      'created_at',
      ['endpoint_id', 'resource', 'record_id', 'change_id'],
      ['state', 'endpoint_id', 'next_attempt_at']
    ],
    retention: { days },
    actions: {
      content: {
        summary: 'The beginnings of what was sent last and of what it was answered',
        input: nothing,
        output: content,
        access: mine,
        run: showContent
      },
      replay: {
        summary: 'Send it again, with all its attempts',
        input: nothing,
        access: [mine, role('admin')],
        http: { status: 202 },
        run: replayOne
      }
    }
  })

declare module '../../declare/declarations' {
  interface ServiceTypes {
    'webhook-deliveries': ServiceOf<ReturnType<typeof webhookDeliveriesFor>>
  }
}
