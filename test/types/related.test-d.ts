import type { Params } from '@feathersjs/feathers'
import { createClient } from '../../packages/rachis/src/client'
import {
  belongsTo,
  defineResource,
  immutable,
  nullable,
  owner,
  text
} from '../../packages/rachis/src/declare'
import type { Included, Row, ServiceOf } from '../../packages/rachis/src/declare'
import type { Application, ServiceTypes } from '../../packages/rachis/src/declare/declarations'
import '../../src/services/categories/categories'
import '../../src/services/order-items/order-items'
import '../../src/services/orders/orders'
import '../../src/services/products/products'

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const expectTrue = <T extends true>() => undefined as T | undefined
const use = (..._values: unknown[]) => undefined

const folders = defineResource('typed_folders', {
  path: 'typed-folders',
  fields: { title: text(), lead_id: nullable(belongsTo('users')), user_id: owner('users') },
  relations: {
    lead: { one: 'lead_id' },
    user: { one: 'user_id' },
    marks: { many: 'typed_marks', by: 'folder_id' },
    labels: { through: 'typed_marks', by: 'folder_id', to: 'label_id' }
  },
  access: {}
})
const labels = defineResource('typed_labels', {
  path: 'typed-labels',
  fields: { word: text() },
  relations: { folders: { through: 'typed_marks', by: 'label_id', to: 'folder_id' } },
  access: {}
})
const marks = defineResource('typed_marks', {
  path: 'typed-marks',
  fields: { folder_id: belongsTo('typed_folders'), label_id: immutable(belongsTo('typed_labels')) },
  access: {}
})

declare module '../../packages/rachis/src/declare/declarations' {
  interface ServiceTypes {
    'typed-folders': ServiceOf<typeof folders>
    'typed-labels': ServiceOf<typeof labels>
    'typed-marks': ServiceOf<typeof marks>
  }
}

type Folder = Row<(typeof folders)['spec']['fields']>
type Label = Row<(typeof labels)['spec']['fields']>
type Email = string

export async function calls() {
  const client = createClient<ServiceTypes>('http://127.0.0.1')
  const service = client.service('typed-folders')
  const { data } = await service.find({ query: { title: 'x', $include: ['labels', 'lead', 'marks'] } })
  const folder = data[0]!
  expectTrue<Equal<typeof folder.labels, Label[]>>()
  expectTrue<Equal<typeof folder.title, string>>()
  expectTrue<Equal<NonNullable<typeof folder.lead>['email'], Email>>()
  expectTrue<Equal<typeof folder.lead extends object ? true : false, false>>()
  expectTrue<Equal<(typeof folder.marks)[number]['label_id'], number>>()
  const nested = await service.get(1, { query: { $include: ['labels.folders.user'] } })
  expectTrue<Equal<NonNullable<(typeof nested.labels)[number]['folders'][number]['user']>['email'], Email>>()
  const plain = await service.get(1)
  expectTrue<Equal<typeof plain, Folder>>()
  // @ts-expect-error - was not asked for
  use(plain.labels, folder.user)
  // @ts-expect-error - no such relation
  await service.find({ query: { $include: ['label'] } })
  // @ts-expect-error - no such relation
  await service.get(1, { query: { $include: ['label'] } })
  // @ts-expect-error - a resource without relations
  await client.service('typed-marks').find({ query: { $include: ['folder'] } })
  use(data, nested)
}

export async function onTheServer(app: Application, params: Params) {
  const { data } = await app.service('typed-folders').find({ query: { $include: ['labels.folders'] } })
  expectTrue<Equal<(typeof data)[number]['labels'][number]['folders'], Folder[]>>()
  const order = await app.service('orders').get(1, { query: { $include: ['items.product', 'user'] } })
  expectTrue<Equal<NonNullable<(typeof order.items)[number]['product']>['sku'], string>>()
  expectTrue<Equal<NonNullable<typeof order.user>['email'], Email>>()
  const plain = await app.service('typed-folders').find({ query: { $sort: { id: 1 } } })
  expectTrue<Equal<(typeof plain.data)[number], Folder>>()
  // @ts-expect-error - was not asked for
  use(plain.data[0]!.labels)
  const passed = await app.service('typed-folders').get(1, params)
  expectTrue<Equal<typeof passed, Folder>>()
  use(data, order, passed)
}

/** Of declarations that a client names by path; what is not among them is some record. */
export async function named() {
  const client = createClient<{ 'typed-folders': typeof folders; 'typed-marks': typeof marks }>(
    'http://127.0.0.1'
  )
  const folder = await client.service('typed-folders').get(1, { query: { $include: ['marks', 'labels'] } })
  expectTrue<Equal<(typeof folder.marks)[number]['folder_id'], number>>()
  expectTrue<Equal<typeof folder.labels, Record<string, unknown>[]>>()
  expectTrue<Equal<Included<ServiceTypes, ServiceTypes['typed-labels'], 'folders'>['folders'], Folder[]>>()
  use(folder)
}

const fields = { title: text() }
// @ts-expect-error - no such foreign key
defineResource('a', { fields, access: {}, relations: { user: { one: 'user_id' } } })
// @ts-expect-error - no such resource
defineResource('a', { fields, access: {}, relations: { all: { through: 'typed_mark', by: 'a', to: 'b' } } })
use(folders, labels, marks)
