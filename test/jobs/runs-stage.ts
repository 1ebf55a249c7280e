import { accounts } from '../../packages/rachis/src/accounts'
import { admin } from '../../packages/rachis/src/admin'
import type { AppOptions } from '../../packages/rachis/src/create-app'
import { $user, authenticated, defineResource, owner, text, Type } from '../../packages/rachis/src/declare'
import { graphql } from '../../packages/rachis/src/graphql'
import type { JobContext } from '../../packages/rachis/src/jobs'
import { defineJob, jobs } from '../../packages/rachis/src/jobs'

const input = Type.Object({ title: Type.String() }, { additionalProperties: false })

/** What each run does: tests set it. */
export const work: { print: (context: JobContext, title: string) => Promise<void> } = {
  print: async () => {}
}

/** Says to its user how far it is, and writes a record at its end. */
export const print = defineJob('print', {
  input,
  retries: 1,
  backoff: 0,
  timeout: 60,
  concurrency: 4,
  progress: true,
  async run({ title }, context) {
    await work.print(context, title)
    if (context.user) await context.knex('prints').insert({ title, user_id: context.user.id })
  }
})

/** Takes longer than it may. */
export const hang = defineJob('hang', {
  input,
  retries: 0,
  timeout: 1,
  progress: true,
  transaction: false,
  run: (_given, { signal, progress }) => {
    progress(10)
    return new Promise((_resolve, reject) =>
      signal.addEventListener('abort', () => reject(new Error('Stop')))
    )
  }
})

/** Has no runs. */
export const quiet = defineJob('quiet', {
  input,
  retries: 0,
  run: async (_given, { progress }) => progress(50)
})

/** Does all its work at once, and is declared with progress: it runs by itself. */
export const nightly = defineJob('nightly', {
  input: Type.Object({}),
  progress: true,
  transaction: false,
  schedule: { cron: '* * * * *', input: {} },
  run: async () => {}
})

export const prints = defineResource('prints', {
  fields: { title: text(), user_id: owner('users') },
  access: { read: { user_id: $user.id } },
  actions: {
    order: {
      on: 'collection',
      input: Type.Object({
        title: Type.String(),
        fails: Type.Optional(Type.Boolean()),
        key: Type.Optional(Type.String())
      }),
      output: Type.Object({ run_id: Type.Union([Type.String({ format: 'uuid' }), Type.Null()]) }),
      access: authenticated,
      http: { status: 202 },
      async run({ title, fails, key }, context) {
        const run_id = await print.enqueue({ title }, context, key ? { key } : {})
        if (fails) throw new Error('This call is rolled back')
        return { run_id: run_id ?? null }
      }
    }
  }
})

export const options: AppOptions = {
  resources: [prints],
  modules: [accounts, graphql, admin, jobs([print, hang, quiet, nightly])],
  config: { jobs: { poll_interval: 100, maintenance: 1, shutdown_grace: 0 } }
}
