import type { DataProvider, GetListParams, GetManyReferenceParams } from 'ra-core'
import { listPage } from './pages'
import type { AnyService, Id, Row } from './client'
import { request, service, told } from './client'
import type { Description } from './description'

/** Ids that one query names, and writes of one batch. */
const MANY = 100

const parts = <T>(list: readonly T[]): T[][] =>
  Array.from({ length: Math.ceil(list.length / MANY) }, (_, index) =>
    list.slice(index * MANY, (index + 1) * MANY)
  )

/** What was changed: a PATCH names nothing else, so that changes of other fields by others stay. */
export const changedOf = (data: object, previous: object = {}): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(data).filter(([name, value]) => JSON.stringify(value) !== JSON.stringify((previous as Row)[name])) // prettier-ignore
  )

/** The validators of records as they were read, by which a write says of which record it knows. */
const tags = new Map<string, string>()
const keyOf = (resource: string, id: Id) => `${resource}/${id}`

/** Where resources are, and how many of their records a page has. */
class Places {
  constructor(private readonly resources: Description['resources']) {}

  pathOf = (name: string): string => this.find(name)?.path ?? name
  of = (name: string): AnyService => service(this.pathOf(name))
  list = (name: string, params: GetListParams) =>
    told(
      listPage(this.of(name), { path: this.pathOf(name), most: this.find(name)?.page.max ?? MANY }, params)
    )

  private find = (name: string) => this.resources.find((one) => one.name === name)
}

const reading = ({ list, of, pathOf }: Places) => ({
  getList: list,
  async getOne(name: string, { id }: { id: Id }) {
    const response = await request(`/${pathOf(name)}/${encodeURIComponent(id)}`)
    const tag = response.headers.get('ETag')
    if (tag) tags.set(keyOf(name, id), tag)

    return { data: (await response.json()) as Row }
  },
  async getMany(name: string, { ids }: { ids: readonly Id[] }) {
    const pages = parts(ids).map((some) => told(of(name).find({ query: { id: { $in: some }, $limit: MANY, $count: 'none' } }))) // prettier-ignore
    return { data: (await Promise.all(pages)).flatMap(({ data }) => data as Row[]) }
  },
  getManyReference: (name: string, { target, id, filter, ...params }: GetManyReferenceParams) =>
    list(name, { ...params, filter: { ...(filter as object), [target]: id } })
})

interface Update {
  readonly id: Id
  readonly data: object
  readonly previousData?: object
}

const writing = ({ of }: Places) => ({
  create: async (name: string, { data }: { data: object }) => ({
    data: await told(of(name).create(data, { idempotencyKey: crypto.randomUUID() }))
  }),
  /** On the condition that the record is as it was read, where that is known. */
  async update(name: string, { id, data, previousData }: Update) {
    const ifMatch = tags.get(keyOf(name, id))
    const changed = changedOf(data, previousData)
    if (Object.keys(changed).length === 0) return { data: previousData as Row }

    return { data: await told(of(name).patch(id, changed, ifMatch === undefined ? {} : { ifMatch })) }
  },
  delete: async (name: string, { id }: { id: Id }) => ({ data: await told(of(name).remove(id)) })
})

/** Writes of several records: all of them or none, where the API takes batches. */
const many = ({ of, pathOf }: Places, hasBatch: boolean) => {
  const together = async (name: string, ids: readonly Id[], method: string, body?: object) => {
    for (const some of parts(ids)) {
      const operations = some.map((id) => ({
        method,
        path: `/${pathOf(name)}/${id}`,
        ...(body ? { body } : {})
      }))
      await told(service('batch').execute!({ operations }))
    }
  }
  const oneByOne = async (name: string, ids: readonly Id[], body?: object) => {
    for (const id of ids) await told(body ? of(name).patch(id, body) : of(name).remove(id))
  }
  const each = async (name: string, ids: readonly Id[], method: string, body?: object) => {
    await (hasBatch ? together(name, ids, method, body) : oneByOne(name, ids, body))
    return { data: [...ids] }
  }

  return {
    updateMany: (name: string, { ids, data }: { ids: readonly Id[]; data: object }) => each(name, ids, 'PATCH', data), // prettier-ignore
    deleteMany: (name: string, { ids }: { ids: readonly Id[] }) => each(name, ids, 'DELETE')
  }
}

/**
 * The data provider of react-admin over the client.
 *
 * @param description names the paths of resources, and says whether writes can be sent together
 */
export const dataProvider = ({ resources }: Description): DataProvider => {
  const places = new Places(resources)
  const hasBatch = resources.some(({ name }) => name === 'batch')

  return {
    ...reading(places),
    ...writing(places),
    ...many(places, hasBatch),
    /** An action, a step or a report by its name. */
    call: (name: string, method: string, data: object) => told(places.of(name)[method]!(data))
  } as unknown as DataProvider
}
