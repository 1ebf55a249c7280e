import { Type } from '@feathersjs/typebox'
import type { Static } from '@feathersjs/typebox'
import { defineSettings } from '../settings/declaration'

const schema = Type.Object({
  jobs: Type.Object({
    enabled: Type.Boolean(),
    schema: Type.String({ pattern: '^[a-z_][a-z0-9_]{0,49}$' }),
    poll_interval: Type.Integer({ minimum: 50 }),
    maintenance: Type.Integer({ minimum: 1, maximum: 3600 }),
    shutdown_grace: Type.Integer({ minimum: 0 })
  })
})

const jobs: Static<typeof schema>['jobs'] = {
  enabled: true,
  schema: 'pgboss',
  poll_interval: 2000,
  maintenance: 30,
  shutdown_grace: 10
}

/** The settings of jobs. docs/jobs.md explains each. */
export const jobsSettings = defineSettings({
  schema,
  defaults: { jobs },
  variables: { jobs: { enabled: 'JOBS_ENABLED' } },
  prefixes: ['JOBS_']
})
export type JobsSettings = Static<typeof schema>

declare module '../declare/declarations' {
  interface Settings extends JobsSettings {}
}
