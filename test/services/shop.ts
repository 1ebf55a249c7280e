import assert from 'node:assert/strict'
import type { Answer, Json, Person, World } from '../helpers/world'
import { startWorld } from '../helpers/world'

export type Cast = Awaited<ReturnType<World['cast']>>
export const ADDRESS = { name: 'Ada', street: '1 Quay', city: 'Port' }
export type Line = readonly [product_id: number, quantity: number]

/** A world with a cast, and short ways to fill its shop. */
export class Shop {
  private count = 0
  private constructor(
    readonly world: World,
    readonly cast: Cast
  ) {}

  static async open(options: Parameters<typeof startWorld>[0] = {}): Promise<Shop> {
    const world = await startWorld(options)
    return new Shop(world, await world.cast())
  }

  /** A product, made by the admin. */
  async product(fields: Json = {}): Promise<Json> {
    const number = ++this.count
    const body = {
      name: `Product ${number}`,
      sku: `SKU-${number}`,
      price: 10,
      stock_quantity: 100,
      ...fields
    }
    const answer = await this.world.rest(this.cast.admin, 'POST', '/products', { body })
    assert.equal(answer.status, 201, JSON.stringify(answer.body))

    return answer.body
  }

  body(lines: readonly Line[], fields: Json = {}): Json {
    const items = lines.map(([product_id, quantity]) => ({ product_id, quantity }))
    return { items, shipping_address: ADDRESS, payment_method: 'card', ...fields }
  }

  order(person: Person, lines: readonly Line[], fields: Json = {}): Promise<Answer> {
    return this.world.rest(person, 'POST', '/orders', { body: this.body(lines, fields) })
  }

  /** An order that comes about. */
  async ordered(person: Person, lines: readonly Line[], fields: Json = {}): Promise<Json> {
    const { status, body } = await this.order(person, lines, fields)
    assert.equal(status, 201, JSON.stringify(body))

    return body
  }

  step(person: Person, id: number, name: string): Promise<Answer> {
    return this.world.rest(person, 'POST', `/orders/${id}/${name}`, { body: {} })
  }

  async stock(id: number): Promise<number> {
    const [row] = await this.world.sql('select stock_quantity from products where id = $1', [id])
    return row!.stock_quantity
  }

  /** Everything that an order touches, for saying that nothing has changed. */
  async everything(): Promise<Json> {
    const [row] = await this.world.sql(`select
      (select coalesce(json_agg(o order by id), '[]') from orders o) as orders,
      (select coalesce(json_agg(i order by id), '[]') from order_items i) as items,
      (select coalesce(json_agg(json_build_object('id', id, 'stock', stock_quantity, 'at', updated_at) order by id), '[]') from products) as products,
      (select count(*)::int from changes) as changes`)

    return row!
  }
}

/** How many there are of each. */
export const counted = (names: readonly string[]) =>
  names.reduce<Record<string, number>>((counts, name) => ({ ...counts, [name]: (counts[name] ?? 0) + 1 }), {})
