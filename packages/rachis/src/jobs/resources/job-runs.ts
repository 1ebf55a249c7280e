import {
  $user,
  belongsTo,
  defineResource,
  integer,
  nullable,
  oneOf,
  role,
  text,
  timestamp,
  Type
} from '../../declare'
import type { ServiceOf } from '../../declare'
import { BIGINT } from '../../declare/column-types'

const amount = () =>
  nullable(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, column: BIGINT.name }))

/**
 * Jobs as those see them for whom they are done, of jobs that are declared with `progress`.
 *
 * @param days after its end for which a run is kept
 */
export const jobRunsFor = (days: number) =>
  defineResource('job_runs', {
    path: 'job-runs',
    description: 'Jobs that were enqueued for somebody, how far they are and how they ended',
    id: 'uuid',
    fields: {
      job: text({ maxLength: 63 }),
      /** Whose call has enqueued it; null for what runs by itself. */
      user_id: nullable(belongsTo('users', { on_delete: 'cascade' })),
      state: oneOf('queued', 'active', 'completed', 'failed'),
      /** Which one runs, or has run last. */
      attempts: integer({ minimum: 0 }),
      /** Percent. */
      progress: nullable(integer({ minimum: 0, maximum: 100 })),
      done: amount(),
      total: amount(),
      message: nullable(text({ maxLength: 200 })),
      /** The code of what the last attempt failed of. */
      error: nullable(text({ maxLength: 63, examples: ['JOB_TIMEOUT'] })),
      started_at: nullable(timestamp()),
      ended_at: nullable(timestamp())
    },
    relations: { user: { one: 'user_id' } },
    access: { read: [{ user_id: $user.id }, role('admin')] },
    indexes: ['user_id', 'state', 'created_at', 'ended_at'],
    retention: { days, after: 'ended_at' }
  })

declare module '../../declare/declarations' {
  interface ServiceTypes {
    'job-runs': ServiceOf<ReturnType<typeof jobRunsFor>>
  }
}
