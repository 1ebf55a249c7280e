import { accounts } from '../../packages/rachis/src/accounts'
import type { AppOptions } from '../../packages/rachis/src/create-app'
import {
  $user, authenticated, boolean, defineResource, nullable, owner, role, text, Type, withDefault
} from '../../packages/rachis/src/declare' // prettier-ignore
import { jobs } from '../../packages/rachis/src/jobs'
import { webhooks } from '../../packages/rachis/src/webhooks'
import type { Json } from '../../packages/rachis/src/testing/wire'
import type { Person, World } from '../helpers/world'
import { openStage } from '../modules/stage'
import { assertSentAsDocumented } from './documented'
import { Receiver } from './receiver'

const mine = { user_id: $user.id }

/** Notes of their owner, with a column that only administrators read. Managers read those that are shared. */
export const letters = defineResource('letters', {
  fields: {
    title: text(),
    remark: withDefault(text(), 'hidden remark'),
    is_shared: withDefault(boolean(), false),
    is_read: withDefault(boolean(), false),
    answer: nullable(text()),
    user_id: owner('users')
  },
  access: {
    read: [mine, role('admin'), { ...role('manager'), is_shared: true }],
    create: authenticated,
    update: mine,
    remove: mine,
    fields: { remark: { read: role('admin') } }
  },
  actions: {
    open: {
      input: Type.Object({}),
      access: mine,
      run: ({ }, { table, record }) => table().where({ id: record.id }).update({ is_read: true }) as Promise<unknown>
    },
    /** Writes, and is taken back. */
    fail: {
      on: 'collection',
      input: Type.Object({ title: Type.String() }),
      access: authenticated,
      async run({ title }, { knex, user }) {
        await knex('letters').insert({ title, user_id: user!.id })
        throw new Error('This call is rolled back')
      }
    }
  }
}) // prettier-ignore

/** What nobody but its owner reads, administrators neither. */
export const diaries = defineResource('diaries', {
  fields: { text: text(), user_id: owner('users') },
  access: { read: mine, create: authenticated }
})

export const config = {
  jobs: { poll_interval: 50, maintenance: 1, shutdown_grace: 0 },
  metrics: { open: 'always' },
  webhooks: { allow_http: true, allowed_networks: ['127.0.0.0/8'], timeout: 10, retries: [0.01, 0.01, 0.01] }
} as const

export const options: AppOptions = {
  resources: [letters, diaries],
  modules: [accounts, jobs([]), webhooks()],
  config: config as never
}

/** The settings of a process of its own on the database of a stage. What it holds as it is killed is held for as long as a receiver may take. */
export const settingsOf = (url: string, timeout = 10) =>
  ({
    ...config,
    webhooks: { ...config.webhooks, timeout },
    secret_key: `of-a-stage-only-${url}`,
    database: { url }
  }) as never

/** An application with webhooks, and a server that takes them. */
export interface WebhookStage {
  readonly world: World
  readonly receiver: Receiver
}

export const openBoth = async (more: Partial<AppOptions> = {}): Promise<WebhookStage> => {
  const receiver = await new Receiver().open()
  return { world: await openStage({ ...options, ...more }), receiver }
}

export const closeBoth = async ({ world, receiver }: Partial<WebhookStage>): Promise<void> => {
  await world?.close()
  await receiver?.close()
}

/** Between two tests: every delivery has ended, all that was sent is as the document says, and there is no endpoint any more. */
export const withoutEndpoints = async ({ world, receiver }: WebhookStage): Promise<void> => {
  await delivered(world)
  await assertSentAsDocumented(world, receiver.received)
  await world.sql('delete from webhook_endpoints')
  receiver.forget()
}

/** Makes an endpoint of somebody at a receiver. */
export const endpointOf = async (world: World, who: string | Person, receiver: Receiver, more: Json = {}) => {
  const url = `${receiver.url}/${typeof who === 'string' ? who : who.name}`
  const { status, body } = await world.as(who).post('/webhook-endpoints', { url, ...more })
  if (status !== 201) throw new Error(JSON.stringify(body))

  return body as Json & { id: number; secret: string }
} // prettier-ignore

/** Resolves once everything that is committed is consumed, and every delivery that it makes has ended. */
export const delivered = async (world: World): Promise<void> => {
  await world.settled()
  for (;;) {
    const [row] = await world.sql(`select count(*)::int as count from webhook_deliveries where state in ('waiting', 'pending')`)
    if (row!.count === 0) return
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
} // prettier-ignore

export const deliveriesOf = (world: World, endpoint_id: number) =>
  world.sql('select * from webhook_deliveries where endpoint_id = $1 order by id', [endpoint_id])
