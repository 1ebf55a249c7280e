import assert from 'node:assert/strict'
import { statementsOf } from '../helpers/statements'
import type { Json, World } from '../helpers/world'
import { startWorld } from '../helpers/world'
import type { Cast } from './shop'

const ZONE = 'America/New_York'
const DAY = 86_400_000
const STATES = ['pending', 'confirmed', 'shipped', 'delivered', 'cancelled']
const dice = (seed: number) => () => (seed = (seed * 16807) % 2147483647) / 2147483647

/** The day that an instant falls on, where the shop is. */
const format = new Intl.DateTimeFormat('en-CA', {
  timeZone: ZONE,
  year: 'numeric',
  month: '2-digit',
  day: '2-digit'
})
// Each instant is asked for many times, and formatting is slow.
const days = new Map<number, string>()
const dayOf = (at: number): string => {
  const day = days.get(at) ?? format.format(at)
  days.set(at, day)

  return day
}
/** The last days, today's last. At noon no change of the clocks moves a date. */
const lastDays = (days: number, now: number): string[] => {
  const noon = Date.parse(`${dayOf(now)}T12:00:00Z`)
  return Array.from({ length: days }, (_, index) => new Date(noon - (days - 1 - index) * DAY).toISOString().slice(0, 10)) // prettier-ignore
}

interface Sale {
  readonly id: number
  readonly at: number
  readonly status: string
  readonly total: number
  readonly items: readonly {
    readonly product_id: number
    readonly quantity: number
    readonly cents: number
  }[]
}

/** What analytics ought to say, in cents, by hand. */
const naive = (sales: readonly Sale[], products: readonly Json[], days: number, now: number) => {
  const dates = lastDays(days, now)
  const counted = sales.filter(({ at, status }) => status !== 'cancelled' && dates.includes(dayOf(at)))
  const sum = (some: readonly Sale[]) => some.reduce((cents, { total }) => cents + total, 0)
  const items = counted.flatMap((sale) => sale.items)
  const best = products.map(({ id, name, sku }) => {
    const own = items.filter(({ product_id }) => product_id === id)
    const [quantity, revenue] = [own.reduce((all, item) => all + item.quantity, 0), own.reduce((all, item) => all + item.cents, 0)] // prettier-ignore
    return { product_id: id, name, sku, quantity, revenue: revenue / 100 }
  })

  return {
    period_days: days,
    from: dates[0],
    to: dates.at(-1),
    time_zone: ZONE,
    currency: 'USD',
    other_currencies: [],
    total_revenue: sum(counted) / 100,
    total_orders: counted.length,
    average_order_value: counted.length === 0 ? 0 : Math.round(sum(counted) / counted.length) / 100,
    daily_sales: dates.map((date) => {
      const own = counted.filter(({ at }) => dayOf(at) === date)
      return { date, orders: own.length, revenue: sum(own) / 100 }
    }),
    top_products: best
      .filter(({ quantity }) => quantity > 0)
      .sort((a, b) => b.revenue - a.revenue || a.product_id - b.product_id)
      .slice(0, 10)
  }
}

describe('analytics', () => {
  let world: World
  let cast: Cast
  let products: Json[]
  const sales: Sale[] = []
  const read = async (query: string) => (await world.rest(cast.admin, 'GET', `/analytics/sales${query}`)).body

  /** Instants around every midnight of the shop for a year, which has both changes of its clocks, and any others. */
  const instants = async (random: () => number): Promise<number[]> => {
    const [row] = await world.sql(
      `select array_agg(extract(epoch from at)::float8 * 1000) as at from (
         select (date_trunc('day', now() at time zone $1) - n * interval '1 day') at time zone $1 as at from generate_series(-1, 366) n
       ) midnights`,
      [ZONE]
    )
    const edges = (row!.at as number[]).flatMap((at) => [at - 1, at, at + 1])

    return [...edges, ...Array.from({ length: 100 }, () => Math.floor(Date.now() - random() * 40 * DAY))]
  }

  before(async () => {
    world = await startWorld({ settings: { shop: { time_zone: ZONE } } })
    cast = await world.cast()
    const random = dice(5)
    const below = (limit: number) => Math.floor(random() * limit)
    products = await world.sql(`insert into products (name, sku, price, is_active) select 'P' || n, 'PPP-' || n, 1, n <> 3 from generate_series(1, 14) n returning id::int, name, sku`) // prettier-ignore
    for (const at of await instants(random)) {
      const items = Array.from({ length: 1 + below(3) }, () => ({ product_id: products[below(14)]!.id, quantity: 1 + below(5), cents: below(100_000) })) // prettier-ignore
      sales.push({ id: sales.length + 1, at, status: STATES[below(5)]!, total: below(1_000_000), items })
    }
    await world.sql(
      `insert into orders (id, user_id, order_number, status, subtotal, tax_amount, shipping_amount, total, currency, payment_method, shipping_address, billing_address, created_at)
       select id, $1, 'ORD-' || id, status, 0, 0, 0, total::numeric / 100, 'USD', 'card', '{}', '{}', to_timestamp(at / 1000.0)
       from jsonb_to_recordset($2) as sale (id bigint, at float8, status text, total int)`,
      [cast.owner.id, JSON.stringify(sales)]
    )
    await world.sql(
      `insert into order_items (order_id, product_id, quantity, unit_price, total_price, product_snapshot)
       select id, product_id, quantity, 0, cents::numeric / 100, '{}' from jsonb_to_recordset($1) as sale (id bigint, items jsonb),
       jsonb_to_recordset(items) as item (product_id bigint, quantity int, cents int)`,
      [JSON.stringify(sales)]
    )
  })
  after(() => world.close())

  it('agree with a count by hand, for any number of days, in the time zone of the shop', async function () {
    this.timeout(60_000)
    assert.ok(sales.length > 1000)
    for (const days of [1, 2, 7, 30, 31, 90, 200, 364, 365]) {
      const now = Date.now()
      const found = await read(`?days=${days}`)
      // Midnight may pass between the two.
      const expected = dayOf(now) === dayOf(Date.now()) ? naive(sales, products, days, now) : found
      assert.deepEqual(found, expected, `${days} days`)
    }
  })

  it('take 30 days unless said, and one statement', async () => {
    const body = await read('')
    assert.equal(body.period_days, 30)
    assert.equal(body.daily_sales.length, 30)
    assert.deepEqual(await (await world.socket(cast.admin)).call('sales', 'analytics', {}), body)
    assert.equal((await statementsOf(() => read('?days=365'))).length, 1)
  })

  it('begin their days elsewhere in another time zone', async () => {
    const at = sales.find(({ at, status }) => status !== 'cancelled' && dayOf(at) !== dayOf(at + 3 * 3_600_000) && at < Date.now() - DAY)! // prettier-ignore
    assert.ok(at)
    const zones = ['UTC', 'Pacific/Auckland', 'Asia/Kolkata']
    for (const time_zone of zones) {
      const other = await startWorld({ database: world.database, settings: { shop: { time_zone } } })
      const { body } = await other.rest(cast.admin, 'GET', '/analytics/sales?days=365')
      const formatted = new Intl.DateTimeFormat('en-CA', { timeZone: time_zone, year: 'numeric', month: '2-digit', day: '2-digit' }) // prettier-ignore
      assert.equal(body.time_zone, time_zone)
      const dates = sales.filter(({ status }) => status !== 'cancelled').map(({ at }) => formatted.format(at))
      for (const { date, orders } of body.daily_sales as Json[]) {
        const expected = dates.filter((one) => one === date)
        assert.equal(orders, expected.length, `${date} in ${time_zone}`)
      }
      await other.close(true)
    }
  })

  it('are of one currency, and name the others', async () => {
    const other = await startWorld()
    const { admin, owner } = await other.cast()
    const sold = (currency: string, total: number, status = 'pending') =>
      other.sql(
        `insert into orders (user_id, order_number, status, subtotal, tax_amount, shipping_amount, total, currency, payment_method, shipping_address, billing_address)
         values ($1, 'ORD-' || left(gen_random_uuid()::text, 20), $4, 0, 0, 0, $3, $2, 'card', '{}', '{}')`,
        [owner.id, currency, total, status]
      )
    await sold('USD', 10.5)
    for (const total of [100, 50.25]) await sold('EUR', total)
    await sold('JPY', 9000)
    await sold('GBP', 1, 'cancelled')
    const sales = async (query: string) => (await other.rest(admin, 'GET', `/analytics/sales?${query}`)).body
    const told = ({ currency, other_currencies, total_revenue, total_orders, average_order_value }: Json) =>
      [currency, other_currencies, total_revenue, total_orders, average_order_value] // prettier-ignore
    assert.deepEqual(told(await sales('days=1')), ['USD', ['EUR', 'JPY'], 10.5, 1, 10.5])
    assert.deepEqual(told(await sales('days=1&currency=eur')), ['EUR', ['JPY', 'USD'], 150.25, 2, 75.13])
    assert.deepEqual(told(await sales('currency=CHF')), ['CHF', ['EUR', 'JPY', 'USD'], 0, 0, 0])
    assert.equal((await other.rest(admin, 'GET', '/analytics/sales?currency=EURO')).status, 422)
    await other.close()
  })

  it('tell of nothing sold as well', async () => {
    const empty = await startWorld()
    const { admin } = await empty.cast()
    const { body } = await empty.rest(admin, 'GET', '/analytics/sales?days=2')
    const { daily_sales, from, to, ...rest } = body
    assert.deepEqual(rest, { period_days: 2, time_zone: 'UTC', currency: 'USD', other_currencies: [], total_revenue: 0, total_orders: 0, average_order_value: 0, top_products: [] }) // prettier-ignore
    assert.deepEqual(daily_sales, [from, to].map((date: string) => ({ date, orders: 0, revenue: 0 }))) // prettier-ignore
    await empty.close()
  })

  it('are for the admin', async () => {
    const { owner, manager, anonymous, admin } = cast
    for (const person of [owner, manager]) {
      assert.equal((await world.rest(person, 'GET', '/analytics/sales')).status, 403)
      assert.equal((await (await world.socket(person)).refusal('sales', 'analytics', { days: 7 })).code, 403)
    }
    assert.equal((await world.rest(anonymous, 'GET', '/analytics/sales')).status, 401)
    for (const query of ['days=0', 'days=-1', 'days=366', 'days=1.5', 'days=x', 'days=', 'days[]=1&days[]=2', 'days[$gt]=1'])
      assert.equal((await world.rest(admin, 'GET', `/analytics/sales?${query}`)).status, 422, query) // prettier-ignore
    assert.equal((await world.rest(admin, 'GET', '/analytics/sales?weeks=1')).status, 400)
    for (const path of ['/analytics', '/analytics/1'])
      assert.equal((await world.rest(admin, 'GET', path)).status, 404)
  })

  it('refuse a time zone that there is not, at the start', async () => {
    await assert.rejects(startWorld({ settings: { shop: { time_zone: 'Mars/Olympus' } } }), /shop\.time_zone Mars\/Olympus is not a time zone/) // prettier-ignore
  })
})
