import { once } from 'node:events'
import { EventEmitter } from 'node:events'
import { accounts } from '../../packages/rachis/src/accounts'
import type { AppOptions } from '../../packages/rachis/src/create-app'
import {
  $user,
  authenticated,
  defineResource,
  owner,
  role,
  text,
  Type
} from '../../packages/rachis/src/declare'
import type { JobContext } from '../../packages/rachis/src/jobs'
import { defineJob, jobs } from '../../packages/rachis/src/jobs'

/** What ran, and what each run does: tests set it. */
export const ran = new EventEmitter<Record<string, [JobContext, unknown]>>()
type Behave = (context: JobContext, input: { title: string }) => Promise<void>
export const behaviour: { stamp: Behave; report: Behave } = { stamp: async () => {}, report: async () => {} }

const input = Type.Object({ title: Type.String({ minLength: 1 }) }, { additionalProperties: false })

export const stamp = defineJob('stamp', {
  input,
  retries: 1,
  backoff: 0,
  timeout: 2,
  concurrency: 2,
  async run(given, context) {
    await context.knex('letters').insert({ title: `stamped ${given.title}`, user_id: context.user?.id })
    await behaviour.stamp(context, given)
    ran.emit('stamp', context, given)
  }
})

/** Asks the user's rights, outside of a transaction, and by itself each minute. */
export const report = defineJob('report', {
  input,
  retries: 0,
  timeout: 1,
  transaction: false,
  schedule: { cron: '* * * * *', time_zone: 'Asia/Tokyo', input: { title: 'by itself' } },
  async run(given, context) {
    await behaviour.report(context, given)
    ran.emit('report', context, given)
  }
})

export const unlisted = defineJob('unlisted', { input, run: async () => {} })

export const letters = defineResource('letters', {
  fields: { title: text(), user_id: owner('users') },
  access: { read: [{ user_id: $user.id }, role('admin')], create: authenticated },
  actions: {
    post: {
      on: 'collection',
      input: Type.Object({
        title: Type.String(),
        fails: Type.Optional(Type.Boolean()),
        key: Type.Optional(Type.String())
      }),
      output: Type.Object({ id: Type.Union([Type.String(), Type.Null()]) }),
      access: authenticated,
      async run({ title, fails, key }, context) {
        const id = await stamp.enqueue({ title }, context, key ? { key } : {})
        if (fails) throw new Error('This call is rolled back')
        return { id: id ?? null }
      }
    }
  }
})

const config = {
  jobs: { poll_interval: 100, maintenance: 1, shutdown_grace: 0 },
  metrics: { open: 'always' }
} as const
export const options: AppOptions = {
  resources: [letters],
  modules: [accounts, jobs([stamp, report])],
  config
}

/** Resolves with the next run of a job that this is true of. */
export const next = async (job: 'stamp' | 'report', title: string): Promise<JobContext> => {
  for (;;) {
    const [context, given] = (await once(ran, job)) as [JobContext, { title: string }]
    if (given.title === title) return context
  }
}
