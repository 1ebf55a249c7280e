import { defineResource, integer, json, nullable, role, text, Type } from '../../declare'
import type { ActionContext, ServiceOf } from '../../declare'

const strict = { additionalProperties: false }
const nothing = Type.Object({}, strict)

interface DeadLetter {
  readonly id: number
  readonly job: string
  readonly input: unknown
  readonly enqueued_by: string | null
}

/** In one transaction: the job is back in its queue, or the dead letter stays. */
const replay = async (
  _input: unknown,
  { app, knex, record, table }: ActionContext<DeadLetter>
): Promise<{ job_id: string }> => {
  const job_id = await app.get('jobQueues').replay(record, knex)
  await table().where({ id: record.id }).del()

  return { job_id }
}

const discard = async (
  _input: unknown,
  { record, table }: ActionContext<DeadLetter>
): Promise<{ success: boolean }> => {
  await table().where({ id: record.id }).del()

  return { success: true }
}

/** Jobs that have failed for good, for administrators. */
export const deadLetters = defineResource('dead_letters', {
  path: 'dead-letters',
  description: 'Jobs that have failed for good, until they are replayed or discarded',
  fields: {
    job: text({ maxLength: 63 }),
    input: json(),
    /** Of the last attempt. */
    error: text({ maxLength: 2000 }),
    attempts: integer({ minimum: 1 }),
    /** The id of the user whose call has enqueued it. */
    enqueued_by: nullable(text({ maxLength: 100 }))
  },
  access: { read: role('admin') },
  indexes: ['job', 'created_at'],
  retention: { days: 90 },
  actions: {
    replay: {
      summary: 'Enqueue the job again, with all its attempts',
      input: nothing,
      output: Type.Object({ job_id: Type.String({ format: 'uuid' }) }),
      access: role('admin'),
      run: replay
    },
    discard: {
      summary: 'Forget the job',
      input: nothing,
      output: Type.Object({ success: Type.Boolean() }),
      access: role('admin'),
      run: discard
    }
  }
})

declare module '../../declare/declarations' {
  interface ServiceTypes {
    'dead-letters': ServiceOf<typeof deadLetters>
  }
}
