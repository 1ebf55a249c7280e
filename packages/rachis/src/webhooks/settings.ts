import { Type } from '@feathersjs/typebox'
import type { Static } from '@feathersjs/typebox'
import { CommaList, defineSettings } from '../settings/declaration'
import { networkProblems } from './network/addresses'

const schema = Type.Object({
  webhooks: Type.Object({
    allow_http: Type.Boolean(),
    allowed_networks: CommaList(),
    timeout: Type.Number({ minimum: 0.1, maximum: 30 }),
    retries: Type.Array(Type.Number({ minimum: 0, maximum: 604_800 }), { maxItems: 50 }),
    disable_after: Type.Number({ minimum: 0 }),
    secret_overlap: Type.Integer({ minimum: 0, maximum: 2_592_000 }),
    endpoints_per_user: Type.Integer({ minimum: 1 })
  })
})

/** Pauses of 5 s, 5 and 30 min, 2, 5, 10, 14, 20 and 24 h: three days and three hours, as Standard Webhooks proposes it. */
const RETRIES = [5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400]

const webhooks: Static<typeof schema>['webhooks'] = {
  allow_http: false,
  allowed_networks: [],
  timeout: 15,
  retries: RETRIES,
  disable_after: 432_000,
  secret_overlap: 86_400,
  endpoints_per_user: 20
}

/** The settings of outgoing webhooks. docs/webhooks.md explains each. */
export const webhooksSettings = defineSettings({
  schema,
  defaults: { webhooks },
  variables: {
    webhooks: { allow_http: 'WEBHOOKS_ALLOW_HTTP', allowed_networks: 'WEBHOOKS_ALLOWED_NETWORKS' }
  },
  prefixes: ['WEBHOOKS_'],
  problems: ({ webhooks: { allowed_networks } }) => networkProblems(allowed_networks)
})
export type WebhooksSettings = Static<typeof schema>

declare module '../declare/declarations' {
  interface Settings extends WebhooksSettings {}
}
