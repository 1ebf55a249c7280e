import {
  $user, boolean, computed, defineResource, nullable, oneOf, owner, readOnly, role, text, timestamp, Type, writeOnly
} from '../../declare' // prettier-ignore
import type { ServiceOf, UserRule } from '../../declare'
import { createEndpoint, disable, enable, replaySince, rotate, sendTest } from './endpoint-actions'
import { checkWishes } from './check-wishes'
import { endpointFields, endpointInput, endpointOutput, nothing, secretOutput } from './endpoint-fields'

const mine = { user_id: $user.id }
const strict = { additionalProperties: false }
const readOnlyTime = readOnly(nullable(timestamp()))
const queued = Type.Object({ id: Type.Integer() })

/** Operations that say what leaves the server, and where to: an API key with few permissions would be told all that its owner may read. */
const INTERACTIVE = ['create', 'update', 'patch', 'rotate', 'enable', 'test', 'replay'] as const

const actions = {
  rotate: {
    summary:
      'Make a new secret. The one before it signs as well for `overlap` seconds; with 0 no older one does',
    input: Type.Object({ overlap: Type.Optional(Type.Integer({ minimum: 0, maximum: 2_592_000 })) }, strict),
    output: Type.Object({ secret: secretOutput }),
    access: mine,
    run: rotate
  },
  disable: {
    summary: 'Send nothing any more; what is still to be sent fails',
    input: nothing,
    access: [mine, role('admin')],
    run: disable
  },
  enable: {
    summary: 'Send again what happens from now on; `replay` sends what was missed',
    input: nothing,
    access: mine,
    run: enable
  },
  test: {
    summary: 'Send an event that says nothing, webhook.test',
    input: nothing,
    output: queued,
    access: mine,
    http: { status: 202 },
    run: sendTest
  },
  replay: {
    summary:
      'Send what happened since a time, from the creation of the endpoint on, and was not delivered, or all of it',
    input: Type.Object({ since: timestamp(), include_delivered: Type.Optional(Type.Boolean()) }, strict),
    output: Type.Object({ job_id: Type.String() }),
    access: mine,
    http: { status: 202 },
    run: replaySince
  }
}

/**
 * The addresses that users have events sent to.
 *
 * @param access who may have them
 */
export const webhookEndpointsFor = (access: UserRule) =>
  defineResource('webhook_endpoints', {
    path: 'webhook-endpoints',
    description:
      'Addresses that events are sent to, as Standard Webhooks says: each is told what its owner may read when it is sent',
    interactive_only: INTERACTIVE,
    fields: {
      user_id: owner('users'),
      ...endpointFields,
      /** Encrypted: what signs now, and what did before it. */
      secrets: readOnly(writeOnly(text({ maxLength: 4000 }))),
      disabled_at: readOnlyTime,
      disabled_reason: readOnly(nullable(oneOf('owner', 'gone', 'failing'))),
      /** Since when nothing has been delivered; null once something is. */
      failing_since: readOnlyTime,
      /** Since when nothing is sent since its owner cannot sign in, or may not have endpoints. */
      withheld_since: readOnlyTime,
      is_active: computed(boolean(), 'disabled_at is null')
    },
    relations: {
      user: { one: 'user_id' },
      deliveries: { many: 'webhook_deliveries' as never, by: 'endpoint_id' }
    },
    access: { read: [mine, role('admin')], create: access, update: mine, remove: [mine, role('admin')] },
    create: { input: endpointInput, output: endpointOutput, run: createEndpoint },
    limits: { rate: { requests: 600, operations: { test: { requests: 10 }, replay: { requests: 10 } } } },
    actions,
    hooks: { after: { update: [checkWishes], patch: [checkWishes] } },
    indexes: ['user_id', 'disabled_at']
  })

declare module '../../declare/declarations' {
  interface ServiceTypes {
    'webhook-endpoints': ServiceOf<ReturnType<typeof webhookEndpointsFor>>
  }
}
