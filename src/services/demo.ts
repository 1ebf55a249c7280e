import type { Application } from '../declarations'

const PASSWORD = 'rachis-demo'
/** Logins of the demonstration data, printed at the start. */
export const DEMO_LOGINS = [
  { email: 'admin@example.com', username: 'admin', role: 'admin', password: PASSWORD },
  { email: 'manager@example.com', username: 'manager', role: 'manager', password: PASSWORD },
  { email: 'user@example.com', username: 'user', role: 'user', password: PASSWORD }
] as const

const CATEGORIES = ['Tea', 'Coffee', 'Kitchen', 'Books'] as const
const PRODUCTS = [
  ['Assam', 'TEA-001', 7.5, 3.1, 'Tea'], ['Sencha', 'TEA-002', 11.9, 5.4, 'Tea'], ['Earl Grey', 'TEA-003', 8.25, 3.3, 'Tea'],
  ['Yirgacheffe', 'COF-001', 14.5, 6.2, 'Coffee'], ['House espresso', 'COF-002', 12, 4.9, 'Coffee'],
  ['Kettle', 'KIT-001', 39.9, 21, 'Kitchen'], ['Teapot', 'KIT-002', 24.5, 9.8, 'Kitchen'], ['Grinder', 'KIT-003', 89, 47.5, 'Kitchen'],
  ['The Book of Tea', 'BOO-001', 9.99, 4, 'Books'], ['Coffee at home', 'BOO-002', 18, 7.2, 'Books']
] as const // prettier-ignore

/** Fills an empty database with something to look at. */
export const demo = async (app: Application) => {
  const { total } = await app.service('users').find({ query: { $limit: 0 } })
  if (total > 0) return
  await app.service('users').create(DEMO_LOGINS.map((login) => ({ ...login })))
  const categories = await app
    .service('categories')
    .create(CATEGORIES.map((name, sort_order) => ({ name, slug: name.toLowerCase(), sort_order })))
  const categoryIds = new Map(categories.map(({ name, id }) => [name, id]))
  await app.service('products').create(
    PRODUCTS.map(([name, sku, price, cost, category], index) => ({
      name, sku, price, cost, category_id: categoryIds.get(category) ?? null, brand: index % 2 ? 'Rachis' : 'Barb',
      stock_quantity: 5 + ((index * 37) % 60), tags: [category.toLowerCase()], is_active: sku !== 'BOO-002', featured: index % 4 === 0
    })) // prettier-ignore
  )
}
