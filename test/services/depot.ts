import assert from 'node:assert/strict'
import type { Answer, Json, Person, World } from '../helpers/world'
import type { Retail } from './retail'
import { openRetail } from './retail'

/** Two stores, one item of stock, and short ways to ask for more of it. */
export class Depot {
  private constructor(
    readonly retail: Retail,
    /** Tea in the store that north manages. */
    readonly item: Json
  ) {}

  static async open(): Promise<Depot> {
    const retail = await openRetail()
    return new Depot(retail, await retail.item(retail.stores.a, retail.tea))
  }

  call(person: Person, id: number, step: string, world: World = this.retail.world): Promise<Answer> {
    return world.rest(person, 'PATCH', `/replenishments/${id}/${step}`)
  }

  async request(quantity = 10, product_id: number = this.retail.tea.id): Promise<Json> {
    const body = { store_id: this.retail.stores.a.id, product_id, quantity }
    const made = await this.retail.rest(this.retail.people.north, 'POST', '/replenishments', { body })
    assert.equal(made.status, 201, JSON.stringify(made.body))

    return made.body
  }

  async approved(quantity?: number, product_id?: number): Promise<Json> {
    const { id } = await this.request(quantity, product_id)
    return (await this.call(this.retail.people.manager, id, 'approve')).body
  }

  /** What the database has, whatever is answered. */
  async stock(id: number = this.item.id): Promise<number> {
    const [row] = await this.retail.world.sql('select current_stock from inventory where id = $1', [id])
    return row!.current_stock
  }

  async status(id: number): Promise<string> {
    const [row] = await this.retail.world.sql('select status from replenishments where id = $1', [id])
    return row!.status
  }

  set(current_stock: number, max_stock = 100): Promise<unknown> {
    return this.retail.world.sql('update inventory set current_stock = $1, max_stock = $2 where id = $3', [
      current_stock, max_stock, this.item.id
    ]) // prettier-ignore
  }
}
