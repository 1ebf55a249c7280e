import { Api, ProductSort, TaskPriority } from '../out/swagger-typescript-api/api'
import type { Error as ApiError, HttpResponse } from '../out/swagger-typescript-api/api'
import { equal, token, url } from './expect'

const main = async () => {
  const headers = { Authorization: `Bearer ${token}` }
  const api = new Api({ baseUrl: url, baseApiParams: { headers } })

  const { data: created } = await api.tasks.tasksCreate({ title: 'Buy tea' })
  const title: string = created.title
  equal([title, created.priority], ['Buy tea', 'medium'])
  const { data: several } = await api.tasks.tasksCreateBulk([
    { title: 'a' },
    { title: 'b', priority: TaskPriority.High }
  ])
  equal(several.map((task) => task.priority), ['medium', 'high']) // prettier-ignore

  const { data: list } = await api.products.productsFind({
    sort: [ProductSort.PriceDesc],
    limit: 2,
    max_price: 30
  })
  const prices: number[] = list.data.map(({ price }) => price)
  equal([prices, list.total], [[19.9, 5], 2])
  const { data: some } = await api.products.productsFind({
    price: [5, 50],
    sort: [ProductSort.PriceAsc, ProductSort.IdAsc]
  })
  equal(some.data.map(({ price }) => price), [5, 50]) // prettier-ignore
  const { data: page } = await api.products.productsFindPages({ page: 2, page_size: 2 })
  equal([page.count, page.results.length], [3, 1])

  const refusal = await api.tasks.tasksCreate({ title: '' }).then(
    () => undefined,
    ({ error }: HttpResponse<unknown, ApiError>) => error
  )
  equal([refusal?.error.code, refusal?.error.field], ['VALIDATION_ERROR', 'title'])
}
void main()
