import type { ServiceTypes } from '../../packages/rachis/src/declare/declarations'
import { createClient } from '../../packages/rachis/src/client'
import type { CreateOf, IdOf, RowOf } from '../../packages/rachis/src/client'
import { rachisCollectionOptions } from '../../packages/rachis/src/client/tanstack-db'
import { liveQueryOptions } from '../../packages/rachis/src/client/tanstack-query'
import { useLive } from '../../packages/rachis/src/client/react'
import type { Row } from '../../packages/rachis/src/declare'
import type { tasks } from '../../src/services/tasks/tasks'
import type { orders } from '../../src/services/orders/orders'
import type { orderItems } from '../../src/services/order-items/order-items'

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const expectTrue = <T extends true>() => undefined as T | undefined
type Task = Row<(typeof tasks)['spec']['fields']>

/** What is looked at as a type only is used as well. */
const use = (..._values: unknown[]) => undefined
const client = createClient<ServiceTypes>('http://127.0.0.1')

export async function calls() {
  const task = await client.service('tasks').create({ title: 'x' }, { optimistic: true })
  expectTrue<Equal<typeof task, Task>>()
  expectTrue<Equal<IdOf<ServiceTypes['tasks']>, number>>()
  expectTrue<Equal<CreateOf<ServiceTypes['tasks']>['title'], string>>()
  const many = await client.service('tasks').create([{ title: 'x' }, { title: 'y' }])
  expectTrue<Equal<typeof many, Task[]>>()
  const { data } = await client
    .service('tasks')
    .find({ query: { status: { $in: ['pending'] }, $sort: { id: -1 } } })
  expectTrue<Equal<(typeof data)[number]['priority'], 'low' | 'medium' | 'high' | 'urgent'>>()
  await client.service('tasks').find({ query: { $sort: { 'user.name': 1, id: -1 } } })
  const done = await client
    .service('tasks')
    .complete({ id: task.id }, { optimistic: { status: 'completed' } })
  expectTrue<Equal<typeof done, Task>>()
  use(many, data, done)
  await client.service('orders').set_status({ id: 1, status: 'shipped' })
  await client.service('tasks').search({ q: 'tea' })
  // @ts-expect-error - set by the server
  await client.service('tasks').create({ title: 'x', user_id: 1 })
  // @ts-expect-error - no such step
  await client.service('tasks').archive({ id: 1 })
  // @ts-expect-error - no such status
  await client.service('orders').set_status({ id: 1, status: 'lost' })
  // @ts-expect-error - no such service
  client.service('nope')
  // @ts-expect-error - hooks are of the server
  client.service('tasks').hooks({})
}

export async function lists() {
  const list = client.live('tasks', {
    status: 'pending',
    due_date: { $null: true },
    $sort: { id: -1 },
    $limit: 5
  })
  const { data } = await list.ready()
  expectTrue<Equal<(typeof data)[number], Task>>()
  use(data)
  client.live('tasks', { $or: [{ status: 'pending' }, { priority: { $ne: 'low' } }] })
  // @ts-expect-error - no such field
  client.live('tasks', { titel: 'x' })
  // @ts-expect-error - no such state
  client.live('tasks', { status: 'open' })
  // @ts-expect-error - a list is not told by pages
  client.live('tasks', { $skip: 5 })
  client.on('tasks', 'complete', (task) => use(task, expectTrue<Equal<typeof task, Task>>()))
  // @ts-expect-error - no such event
  client.on('tasks', 'vanished', () => undefined)
}

/** Typed from declarations themselves: a tuple of them, or an object by path. */
export async function declarations() {
  const byName = createClient<[typeof tasks, typeof orders]>('http://127.0.0.1')
  expectTrue<Equal<RowOf<typeof tasks>, Task>>()
  const order = await byName.service('orders').get(1)
  expectTrue<Equal<typeof order.status, 'pending' | 'confirmed' | 'shipped' | 'delivered' | 'cancelled'>>()
  const byPath = createClient<{ 'order-items': typeof orderItems }>('http://127.0.0.1')
  const item = await byPath.service('order-items').get(1)
  expectTrue<Equal<typeof item.quantity, number>>()
  use(order, item)
  // @ts-expect-error - not among them
  byPath.service('orders')
}

export function adapters() {
  const options = liveQueryOptions(client, 'tasks', { status: 'pending' })
  expectTrue<Equal<Awaited<ReturnType<typeof options.queryFn>>, readonly Task[]>>()
  const shown = useLive(client, 'tasks', { status: 'pending' })
  expectTrue<Equal<(typeof shown.data)[number], Task>>()
  const collection = rachisCollectionOptions({ client, service: 'tasks' })
  expectTrue<Equal<ReturnType<typeof collection.getKey>, string | number>>()
  use(options, shown, collection)
  // @ts-expect-error - no such field
  liveQueryOptions(client, 'tasks', { titel: 'x' })
}

export async function files(
  chosen: File,
  picked: Buffer,
  stream: NodeJS.ReadableStream & AsyncIterable<Buffer>
) {
  const { id, size } = await client.upload(chosen, { field: 'posts.picture_id', onProgress: ({ sent }) => use(sent) }) // prettier-ignore
  await client.upload(picked)
  await client.upload(stream, { size: 3, signal: AbortSignal.timeout(1000) })
  expectTrue<Equal<typeof id, string>>()
  use(id, size)
  // @ts-expect-error - a path is no file
  await client.upload('tea.png')
}
