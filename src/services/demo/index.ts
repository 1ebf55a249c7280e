import type { Knex } from 'knex'
import type { Application } from 'rachis'
import { CATEGORIES, productsOf } from './catalogue'
import { itemOf, ordersOf } from './orders'
import { customersOf, DEMO_LOGINS, tasksOf } from './people'
import { progress } from './progress'
import { Dice } from './random'
import { inventoryOf, replenishmentsOf, storesOf } from './stores'
import { DAY, isoOf } from './time'

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

/** What says when it was made, and nothing of a change, was not changed since. */
const sinceMade = (row: object) => {
  const { created_at, updated_at } = row as { created_at?: string; updated_at?: string }
  return created_at && !updated_at ? { ...row, updated_at: created_at } : row
}

/** Writes rows as they are: the past that they tell of was not made by anybody's calls. */
const filler =
  (app: Application, params: Within, tick: (amount: number) => void): Fill =>
  async (path, rows) => {
    const service = app.service(path as never) as unknown as Filled
    const filled: Row[] = []
    for (let start = 0; start < rows.length; start += CHUNK) {
      const chunk = rows.slice(start, start + CHUNK).map(sinceMade)
      filled.push(...(await service._create(chunk, params)))
      tick(chunk.length)
    }

    return filled
  }

const idsOf = (rows: readonly Row[]) => rows.map(({ id }) => id)
const slug = (name: string) => name.toLowerCase()

/** Before its first order and its first customer. */
const openedAt = (now: number) => now - 366 * DAY

const fillCategories = async (fill: Fill, created_at: string) => {
  const branches = await fill('categories', Object.keys(CATEGORIES).map((name, sort_order) => ({ name, slug: slug(name), sort_order, created_at }))) // prettier-ignore
  const leaves = branches.flatMap(({ id, name }) =>
    CATEGORIES[name as string]!.map((leaf, sort_order) => ({
      name: leaf,
      slug: slug(leaf),
      parent_id: id,
      sort_order,
      created_at
    }))
  )

  return (await fill('categories', leaves)) as (Row & { name: string })[]
}

const fillShop = async (app: Application, fill: Fill, dice: Dice, customers: readonly Row[], now: number) => {
  const opened = openedAt(now)
  const leaves = await fillCategories(fill, isoOf(opened))
  const products = await fill('products', productsOf(dice, leaves, opened))
  const shop = { customers, products, rates: app.get('shop') }
  const drafts = ordersOf(dice, shop as never, now)
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
  const opened = openedAt(now)
  const stores = idsOf(await fill('stores', storesOf(dice, manager, opened)))
  await fill('inventory', inventoryOf(dice, stores, products, opened, now))
  await fill('replenishments', replenishmentsOf(dice, stores, products, manager, now))
}

/** The feed, too, tells of that past: histories, and the stock over time. */
const TOLD_THEN = `update changes set created_at = cast(after->>'created_at' as timestamptz)`

/** One that has the address of ADMIN_EMAIL is that administrator, with their password. */
const fillLogins = async (app: Application, params: Within, created_at: string) => {
  const { email, password } = app.get('admin')
  const rows = DEMO_LOGINS.map((login) => ({
    ...login,
    ...(password && login.email === email.toLowerCase() ? { password, role: 'admin' } : {}),
    is_verified: true,
    created_at,
    updated_at: created_at
  }))

  return (await app.service('users').create(rows as never[], params as object)) as unknown as Row[]
}

const fillAll = async (app: Application, params: Within, now: number) => {
  const dice = new Dice()
  const fill = filler(app, params, progress('Demonstration data', ROWS))
  const created_at = isoOf(openedAt(now))
  const logins = await fillLogins(app, params, created_at)
  const [, manager, user] = logins
  const customers = await fill('users', customersOf(created_at))
  const products = await fillShop(app, fill, dice, [user!, ...customers], now)
  await fillRetail(fill, dice, manager!.id, products, now)
  await fill('tasks', tasksOf(dice, idsOf(logins), now))
  await params.transaction.trx.raw(TOLD_THEN)
}

/**
 * Fills an empty database with a year of a small shop with ten stores: always the same, relative to today. In one transaction,
 * as a part of it would look like a database in use, which the next start leaves alone. Answers whether it was empty.
 */
export const demo = async (app: Application, now = Date.now()): Promise<boolean> => {
  const { total } = await app.service('users').find({ query: { $limit: 0 } })
  if (total > 0) return false
  await app.get('postgresqlClient').transaction((trx) => fillAll(app, { transaction: { trx } }, now))

  return true
}
