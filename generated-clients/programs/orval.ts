import { productsFind, productsFindPages, tasksCreate, tasksCreateBulk, tasksGet } from '../out/orval'
import { equal, token, url } from './expect'

/** orval writes paths alone, and leaves server and credential to the program. */
const original = globalThis.fetch
globalThis.fetch = (input, init) =>
  original(String(input).startsWith('/') ? `${url}${String(input).replace(/^\/api\/v1/, '')}` : input, {
    ...init,
    headers: { ...init?.headers, Authorization: `Bearer ${token}` }
  })

const main = async () => {
  const created = await tasksCreate({ title: 'Buy tea' })
  if (created.status !== 201) throw new Error(String(created.status))
  const title: string = created.data.title
  equal([title, created.data.priority], ['Buy tea', 'medium'])
  const several = await tasksCreateBulk([{ title: 'a' }, { title: 'b', priority: 'high' }])
  if (several.status !== 201) throw new Error(String(several.status))
  equal(several.data.map((task) => task.priority), ['medium', 'high']) // prettier-ignore

  const list = await productsFind({ sort: ['-price'], limit: 2, max_price: 30 })
  if (list.status !== 200) throw new Error(String(list.status))
  const prices: number[] = list.data.data.map(({ price }) => price)
  equal([prices, list.data.total], [[19.9, 5], 2])
  const some = await productsFind({ price: [5, 50], sort: ['price', 'id'] })
  if (some.status !== 200) throw new Error(String(some.status))
  equal(some.data.data.map(({ price }) => price), [5, 50]) // prettier-ignore
  const page = await productsFindPages({ page: 2, page_size: 2 })
  if (page.status !== 200) throw new Error(String(page.status))
  equal([page.data.count, page.data.results.length], [3, 1])

  const refused = await tasksCreate({ title: '' })
  if (refused.status !== 422) throw new Error(String(refused.status))
  equal([refused.data.error.code, refused.data.error.field], ['VALIDATION_ERROR', 'title'])
  const missing = await tasksGet(999999)
  equal(missing.status, 404)
}
void main()
