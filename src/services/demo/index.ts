import type { Knex } from 'knex'
import type { Application } from '../../declarations'
import { CATEGORIES, productsOf } from './catalogue'
import { itemOf, ordersOf } from './orders'
import { customersOf, DEMO_LOGINS, tasksOf } from './people'
import { progress } from './progress'
import { Dice } from './random'
import { inventoryOf, replenishmentsOf, storesOf } from './stores'

export { DEMO_LOGINS }

const CHUNK = 500
const ROWS = 9200

type Row = Record<string, unknown> & { id: number }
interface Filled {
  _create(rows: readonly object[], params: object): Promise<Row[]>
}
interface Within {
  readonly transaction: { readonly trx: Knex.Transaction }
}
type Fill = (path: string, rows: readonly object[]) => Promise<Row[]>

/** Writes rows as they are: the past that they tell of was not made by anybody's calls. */
const filler =
  (app: Application, params: Within, tick: (amount: number) => void): Fill =>
  async (path, rows) => {
    const service = app.service(path as never) as unknown as Filled
    const filled: Row[] = []
    for (let start = 0; start < rows.length; start += CHUNK) {
      const chunk = rows.slice(start, start + CHUNK)
      filled.push(...(await service._create(chunk, params)))
      tick(chunk.length)
    }

    return filled
  }

const idsOf = (rows: readonly Row[]) => rows.map(({ id }) => id)
const slug = (name: string) => name.toLowerCase()

const fillCategories = async (fill: Fill) => {
  const branches = await fill('categories', Object.keys(CATEGORIES).map((name, sort_order) => ({ name, slug: slug(name), sort_order }))) // prettier-ignore
  const leaves = branches.flatMap(({ id, name }) =>
    CATEGORIES[name as string]!.map((leaf, sort_order) => ({
      name: leaf,
      slug: slug(leaf),
      parent_id: id,
      sort_order
    }))
  )

  return (await fill('categories', leaves)) as (Row & { name: string })[]
}

const fillShop = async (
  app: Application,
  fill: Fill,
  dice: Dice,
  customers: readonly number[],
  now: number
) => {
  const products = await fill('products', productsOf(dice, await fillCategories(fill)))
  const drafts = ordersOf(dice, customers, products as never, app.get('shop'), now)
  const orders = await fill('orders', drafts.map(({ order }) => order)) // prettier-ignore
  const items = orders.flatMap(({ id }, index) =>
    drafts[index]!.lines.map((line) => itemOf(id, line, drafts[index]!.order.created_at))
  )
  await fill('order-items', items)

  return idsOf(products)
}

const fillRetail = async (
  fill: Fill,
  dice: Dice,
  manager: number,
  products: readonly number[],
  now: number
) => {
  const stores = idsOf(await fill('stores', storesOf(dice, manager)))
  await fill('inventory', inventoryOf(dice, stores, products))
  await fill('replenishments', replenishmentsOf(dice, stores, products, manager, now))
}

const fillAll = async (app: Application, params: Within, now: number) => {
  const dice = new Dice()
  const fill = filler(app, params, progress('Demonstration data', ROWS))
  const logins = await app
    .service('users')
    .create(DEMO_LOGINS.map((login) => ({ ...login, is_verified: true })) as never[], params as object)
  const customers = idsOf(await fill('users', customersOf()))
  const [, manager, user] = logins.map(({ id }) => id)
  const products = await fillShop(app, fill, dice, [user!, ...customers], now)
  await fillRetail(fill, dice, manager!, products, now)
  await fill('tasks', tasksOf(dice, logins.map(({ id }) => id), now)) // prettier-ignore
}

/**
 * Fills an empty database with a year of a small shop with ten stores: always the same, relative to today. In one transaction,
 * as a part of it would look like a database in use, which the next start leaves alone.
 */
export const demo = async (app: Application, now = Date.now()) => {
  const { total } = await app.service('users').find({ query: { $limit: 0 } })
  if (total > 0) return
  await app.get('postgresqlClient').transaction((trx) => fillAll(app, { transaction: { trx } }, now))
}
