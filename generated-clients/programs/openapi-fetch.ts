import createClient from 'openapi-fetch'
import type { paths } from '../out/openapi-typescript'
import { equal, token, url } from './expect'

const main = async () => {
  const client = createClient<paths>({ baseUrl: url, headers: { Authorization: `Bearer ${token}` } })

  const created = await client.POST('/tasks', { body: { title: 'Buy tea' } })
  if (!created.data) throw new Error(created.error.error.code)
  const title: string = created.data.title
  equal([title, created.data.priority], ['Buy tea', 'medium'])
  const several = await client.POST('/tasks/bulk', {
    body: [{ title: 'a' }, { title: 'b', priority: 'high' }]
  })
  equal(several.data?.map((task) => task.priority), ['medium', 'high']) // prettier-ignore

  const list = await client.GET('/products', {
    params: { query: { sort: ['-price'], limit: 2, 'filter': { 'price.$lt': 30 } } }
  }) // prettier-ignore
  const prices: number[] = list.data?.data.map(({ price }) => price) ?? []
  equal([prices, list.data?.total], [[19.9, 5], 2])
  const some = await client.GET('/products', { params: { query: { price: [5, 50], sort: ['price', 'id'] } } })
  equal(some.data?.data.map(({ price }) => price), [5, 50]) // prettier-ignore
  const bounded = await client.GET('/products', {
    params: { query: { min_price: 19.9, $sort: { price: 1 } } }
  })
  equal(bounded.data?.data.map(({ price }) => price), [19.9, 50]) // prettier-ignore
  const page = await client.GET('/products/pages', { params: { query: { page: 2, page_size: 2 } } })
  equal([page.data?.count, page.data?.results.length], [3, 1])
  const select = await client.GET('/products/select', { params: { query: { fields: ['name'] } } })
  equal(Object.keys(select.data?.data[0] ?? {}), ['id', 'name'])

  const { error } = await client.POST('/tasks', { body: { title: '' } })
  equal([error?.error.code, error?.error.field], ['VALIDATION_ERROR', 'title'])
  const missing = await client.GET('/tasks/{id}', { params: { path: { id: 999999 } } })
  equal(missing.error?.error.code, 'NOT_FOUND')
}
void main()
