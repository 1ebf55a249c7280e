import {
  productsFind,
  productsFindPages,
  productsFindSelect,
  tasksCreate,
  tasksCreateBulk,
  tasksGet
} from '../out/hey-api'
import { client } from '../out/hey-api/client.gen'
import { equal, token, url } from './expect'

const main = async () => {
  // One function for every scheme that an operation names: the same credential goes in each.
  client.setConfig({ baseUrl: url, auth: () => token })

  const created = await tasksCreate({ body: { title: 'Buy tea' } })
  if (!created.data) throw new Error(created.error.error.code)
  const title: string = created.data.title
  equal([title, created.data.priority], ['Buy tea', 'medium'])
  const several = await tasksCreateBulk({ body: [{ title: 'a' }, { title: 'b', priority: 'high' }] })
  equal(several.data?.map((task) => task.priority), ['medium', 'high']) // prettier-ignore

  const list = await productsFind({ query: { sort: ['-price'], limit: 2, filter: { 'price.$lt': 30 } } })
  const prices: number[] = list.data?.data.map(({ price }) => price) ?? []
  equal([prices, list.data?.total], [[19.9, 5], 2])
  const some = await productsFind({ query: { price: [5, 50], sort: ['price', 'id'] } })
  equal(some.data?.data.map(({ price }) => price), [5, 50]) // prettier-ignore
  const bounded = await productsFind({ query: { min_price: 19.9, $sort: { price: 1 } } })
  equal(bounded.data?.data.map(({ price }) => price), [19.9, 50]) // prettier-ignore
  const page = await productsFindPages({ query: { page: 2, page_size: 2 } })
  equal([page.data?.count, page.data?.results.length], [3, 1])
  const select = await productsFindSelect({ query: { fields: ['name'] } })
  equal(Object.keys(select.data?.data[0] ?? {}), ['id', 'name'])

  const { error } = await tasksCreate({ body: { title: '' } })
  equal([error?.error.code, error?.error.field], ['VALIDATION_ERROR', 'title'])
  const missing = await tasksGet({ path: { id: 999999 } })
  equal(missing.error?.error.code, 'NOT_FOUND')
}
void main()
