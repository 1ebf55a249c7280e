import type { CreateData, PatchData, Row } from '../../packages/rachis/src/declare'
import {
  $user,
  defineResource,
  owner,
  state,
  belongsTo,
  role,
  text,
  withDefault,
  boolean,
  Type
} from '../../packages/rachis/src/declare'
import type { Application, ServiceTypes } from '../../packages/rachis/src/declare/declarations'
import { tasks } from '../../src/services/tasks/tasks'
import { products } from '../../src/services/products/products'
import '../../src/services/categories/categories'
import '../../src/services/orders/orders'
import '../../src/services/order-items/order-items'
import { users } from '../../packages/rachis/src/accounts/resources/users/users'

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const expectTrue = <T extends true>() => undefined as T | undefined

type TaskFields = (typeof tasks)['spec']['fields']
export type X1 = CreateData<TaskFields>
expectTrue<
  Equal<
    CreateData<TaskFields>,
    {
      title: string
      description?: string | null | undefined
      status?: 'pending' | 'in_progress' | 'completed' | 'cancelled' | undefined
      priority?: 'low' | 'medium' | 'high' | 'urgent' | undefined
      due_date?: string | null | undefined
    }
  >
>()
expectTrue<
  Equal<
    Row<TaskFields>,
    {
      id: number
      created_at: string
      updated_at: string
      title: string
      description: string | null
      status: 'pending' | 'in_progress' | 'completed' | 'cancelled'
      priority: 'low' | 'medium' | 'high' | 'urgent'
      due_date: string | null
      user_id: number
    }
  >
>()
expectTrue<Equal<'password' extends keyof Row<(typeof users)['spec']['fields']> ? true : false, false>>()
expectTrue<Equal<Row<(typeof products)['spec']['fields']>['cost'], number | null>>()
expectTrue<Equal<PatchData<(typeof users)['spec']['fields']>['password'], string | undefined>>()

export async function client(app: Application) {
  const task = await app.service('tasks').create({ title: 'x' })
  expectTrue<Equal<typeof task.user_id, number>>()
  await app.service('tasks').complete({ id: task.id })
  // @ts-expect-error - set by the server
  await app.service('tasks').create({ title: 'x', user_id: 1 })
  // @ts-expect-error - no such transition
  await app.service('tasks').archive({ id: 1 })
  // @ts-expect-error - wrong type
  await app.service('products').patch(1, { price: '1' })
  // @ts-expect-error - no such service
  app.service('nope')
}
/** Created by code of its own, from other data than its fields; served under another path than its name. */
export async function shop(app: Application) {
  const items = [{ product_id: 1, quantity: 2 }]
  const address = { shipping_address: { city: 'Port' }, payment_method: 'card' }
  const order = await app.service('orders').create({ items, ...address })
  expectTrue<Equal<typeof order.total, number>>()
  expectTrue<Equal<typeof order.status, 'pending' | 'confirmed' | 'shipped' | 'delivered' | 'cancelled'>>()
  await app.service('orders').set_status({ id: order.id, status: 'shipped' })
  const found = await app.service('order-items').find({ query: { order_id: order.id } })
  expectTrue<Equal<(typeof found.data)[number]['unit_price'], number>>()
  await app.service('orders').cancel({ id: found.data[0]!.order_id })
  // @ts-expect-error - an order is made from items
  await app.service('orders').create(address)
  // @ts-expect-error - no such status
  await app.service('orders').set_status({ id: 1, status: 'lost' })
  // @ts-expect-error - computed by the server
  await app.service('orders').patch(1, { total: 1 })
  // @ts-expect-error - the service is named by its path
  app.service('order_items')
  belongsTo('order_items')
  // @ts-expect-error - the resource is named by its name
  belongsTo('order-items')
}
expectTrue<Equal<keyof ServiceTypes & ('tasks' | 'users'), 'tasks' | 'users'>>()

const assertUsed = (..._values: unknown[]) => undefined
const fields = {
  title: text(),
  user_id: owner('users'),
  status: state('open', 'done'),
  done: withDefault(boolean(), false)
}
const _ok = defineResource('a', {
  fields,
  id: 'uuid',
  access: { read: { user_id: $user.id } },
  actions: {
    rename: {
      input: Type.Object({ title: Type.String() }),
      access: true,
      run: async ({ title }, { record }) => {
        expectTrue<Equal<typeof title, string>>()
        assertUsed(title, record)
        expectTrue<Equal<typeof record.id, string>>()
      }
    }
  }
})
expectTrue<Equal<Row<(typeof _ok)['spec']['fields'], { id: 'uuid'; timestamps: true }>['id'], string>>()
// @ts-expect-error - unknown field in a rule
defineResource('a', { fields, access: { read: { owner: $user.id } } })
// @ts-expect-error - wrong type of user property
defineResource('a', { fields, access: { read: { user_id: $user.email } } })
const finish = { from: 'open', to: 'finished', access: true } as const
// prettier-ignore
// @ts-expect-error - unknown state
defineResource('a', { fields, access: {}, states: { field: 'status', transitions: { finish } } })
// prettier-ignore
defineResource('a', { fields, access: {}, states: { field: 'status', transitions: {
  // @ts-expect-error - a step has no such key
  start: { from: 'open', to: 'done', access: true, sett: {} } } } })
// prettier-ignore
// @ts-expect-error - a step without a rule
defineResource('a', { fields, access: {}, states: { field: 'status', transitions: { start: { from: 'open', to: 'done' } } } })
// @ts-expect-error - not the state field
defineResource('a', { fields, access: {}, states: { field: 'title', transitions: {} } })
// @ts-expect-error - unknown resource
belongsTo('user')
// @ts-expect-error - unknown role
role('root')
// @ts-expect-error - unknown column in an index
defineResource('a', { fields, access: {}, indexes: ['nope'] })
// @ts-expect-error - unknown foreign key
defineResource('a', { fields, access: {}, relations: { owner: { one: 'userid' } } })
// @ts-expect-error - a field's rule asks of columns that there are
defineResource('a', { fields, access: { fields: { title: { read: { owner_id: $user.id } } } } })
