import assert from 'node:assert/strict'
import { demoLogins } from '../../src/seed'
import type { Json, World } from '../helpers/world'
import { anonymous, startWorld } from '../helpers/world'

const ADMIN = { email: 'admin@example.org', password: 'four random words here' }
/** What everything that was drawn by chance comes to. */
const DRAWN = `select md5(string_agg(line, ',' order by line)) as sum from (
  select sku || name || price || stock_quantity as line from products
  union all select order_number || total || status || user_id from orders
  union all select store_id || '-' || product_id || '-' || current_stock from inventory
  union all select title || status || user_id from tasks) as lines`

describe('the demonstration data', () => {
  const worlds: World[] = []
  const open = async (settings: object = {}) => {
    const world = await startWorld({ settings: { seed_demo: true, ...settings } })
    worlds.push(world)

    return world
  }
  const count = async (world: World, sql: string) =>
    Number((await world.sql(`select count(*) ${sql}`))[0]!.count)
  const login = (world: World, body: Json) => world.rest(anonymous, 'POST', '/auth/login', { body })
  let world: World

  before(async () => void (world = await open({ admin: ADMIN })))
  after(async () => void (await Promise.all(worlds.map((one) => one.close()))))

  it('comes beside the administrator of ADMIN_EMAIL, whatever their name', async () => {
    const logins = await demoLogins(world.app)
    assert.equal(logins.length, 3)
    for (const { email, password, role } of [...logins, { ...ADMIN, role: 'admin' }]) {
      const { status, body } = await login(world, { email, password })
      assert.deepEqual([status, body.user?.role], [200, role], email)
    }
    assert.equal(await count(world, 'from products'), 500)
  })

  it('leaves a login that is theirs to them', async () => {
    const email = 'Admin@example.com'
    const own = await open({ admin: { ...ADMIN, email } })
    const logins = await demoLogins(own.app)
    assert.deepEqual(logins.map(({ role }) => role), ['manager', 'user']) // prettier-ignore
    assert.equal((await login(own, { email, password: ADMIN.password })).body.user?.role, 'admin')
    assert.equal((await login(own, { email, password: logins[0]!.password })).status, 401)
  })

  it('is left out, as are its logins, where the database is in use or it is switched off', async () => {
    const plain = await open({ seed_demo: false, admin: ADMIN })
    assert.deepEqual([await demoLogins(plain.app), await count(plain, 'from products')], [[], 0])
  })

  it('is the same every time', async () => {
    assert.deepEqual(await (await open()).sql(DRAWN), await world.sql(DRAWN))
  })

  it('tells of one year, in which nothing comes before what it comes from', async () => {
    const impossible = [
      'from orders join users on users.id = user_id where orders.created_at < users.created_at',
      'from order_items i join products p on p.id = product_id where i.created_at < p.created_at',
      'from orders where greatest(shipped_at, delivered_at, cancelled_at) > updated_at or updated_at > now()',
      'from orders later join orders earlier on earlier.id = later.id - 1 where later.created_at < earlier.created_at',
      'from replenishments where created_at > approved_at or approved_at > fulfilled_at or updated_at > now()',
      `from changes where created_at <> (after->>'created_at')::timestamptz and resource in ('orders', 'products', 'inventory')`,
      `from orders join users on users.id = user_id where shipping_address->>'name' <> first_name || ' ' || last_name`
    ]
    for (const sql of impossible) assert.equal(await count(world, sql), 0, sql)
  })

  it('has a stock that changed over the last two months', async () => {
    const user = { email: 'user@example.com', password: 'rachis-demo' }
    const token = (await login(world, user)).body.access_token as string
    const { body } = await world.rest({ name: 'user', token }, 'GET', '/inventory/trends?days=70')
    const stocks = body.map(({ stock }: Json) => stock as number)
    assert.ok(stocks[0] > 0 && new Set(stocks).size > 30, stocks.join())
  })
})
