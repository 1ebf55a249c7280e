type Id = number | string
type Row = Record<string, unknown> & { id: Id }
interface Failure {
  readonly message: string
  readonly error: { readonly details?: readonly { readonly field?: string; readonly message: string }[] }
}
interface ListParams {
  readonly pagination?: { readonly page: number; readonly perPage: number }
  readonly sort?: { readonly field: string; readonly order: 'ASC' | 'DESC' }
  readonly filter?: Readonly<Record<string, unknown>>
}

/** Ids that one address names. */
const MANY = 100

/** @param tokenOf the access token of whoever is signed in; undefined where nobody is */
export const dataProvider = (api: string, tokenOf: () => string | undefined) => {
  const call = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const token = tokenOf()
    const response = await fetch(`${api}${path}`, {
      method,
      headers: {
        'Content-Type': 'application/json',
        ...(token === undefined ? {} : { Authorization: `Bearer ${token}` })
      },
      body: body === undefined ? undefined : JSON.stringify(body)
    })
    const answer: unknown = response.status === 204 ? undefined : await response.json()
    if (!response.ok) throw failureOf(response.status, answer as Failure)

    return answer as T
  }
  /** React-admin shows `message`, signs out for 401, and puts `body.errors` beside the fields of a form. */
  const failureOf = (status: number, failure: Failure) => {
    const details = failure.error.details ?? []
    const errors = Object.fromEntries(details.map(({ field, message }) => [field ?? 'root', message]))

    return Object.assign(new Error(failure.message), { status, body: { ...failure, errors } })
  }

  const getList = async (resource: string, { pagination, sort, filter = {} }: ListParams) => {
    const { q, ...fields } = filter
    const parameters = new URLSearchParams()
    for (const [name, value] of Object.entries(fields)) parameters.set(name, [value].flat().join(','))
    if (q) parameters.set('search', String(q))
    if (sort) parameters.set('sort', `${sort.order === 'DESC' ? '-' : ''}${sort.field}`)
    parameters.set('page', String(pagination?.page ?? 1))
    parameters.set('page_size', String(pagination?.perPage ?? MANY))
    const { results, count } = await call<{ results: Row[]; count: number }>(
      'GET',
      `/${resource}?${parameters.toString()}`
    )

    return { data: results, total: count }
  }
  /** One call for many records, all of them or none. */
  const batch = (operations: readonly object[]) => call('POST', '/batch', { operations })
  const parts = <T>(list: readonly T[]): T[][] =>
    Array.from({ length: Math.ceil(list.length / MANY) }, (_, index) =>
      list.slice(index * MANY, (index + 1) * MANY)
    )
  const each = async (ids: readonly Id[], operation: (id: Id) => object) => {
    for (const part of parts(ids)) await batch(part.map(operation))

    return { data: ids }
  }

  return {
    getList,
    getOne: async (resource: string, { id }: { id: Id }) => ({ data: await call<Row>('GET', `/${resource}/${id}`) }), // prettier-ignore
    async getMany(resource: string, { ids }: { ids: readonly Id[] }) {
      const pages = parts(ids).map((part) => getList(resource, { filter: { id: part } }))
      return { data: (await Promise.all(pages)).flatMap(({ data }) => data) }
    },
    getManyReference: (resource: string, { target, id, filter, ...params }: ListParams & { target: string; id: Id }) =>
      getList(resource, { ...params, filter: { ...filter, [target]: id } }), // prettier-ignore
    create: async (resource: string, { data }: { data: object }) => ({ data: await call<Row>('POST', `/${resource}`, data) }), // prettier-ignore
    update: async (resource: string, { id, data }: { id: Id; data: object }) => ({ data: await call<Row>('PATCH', `/${resource}/${id}`, data) }), // prettier-ignore
    updateMany: (resource: string, { ids, data }: { ids: readonly Id[]; data: object }) =>
      each(ids, (id) => ({ method: 'PATCH', path: `/${resource}/${id}`, body: data })),
    async delete(resource: string, { id, previousData }: { id: Id; previousData?: Row }) {
      await call('DELETE', `/${resource}/${id}`)
      return { data: previousData ?? { id } }
    },
    deleteMany: (resource: string, { ids }: { ids: readonly Id[] }) =>
      each(ids, (id) => ({ method: 'DELETE', path: `/${resource}/${id}` }))
  }
}
