import type { Answer, Call, Json, Person, World } from '../helpers/world'
import { startWorld } from '../helpers/world'

/** The cast, two who manage a store each without being staff, and what there is in both stores. */
export interface Retail {
  readonly world: World
  readonly people: Record<
    'anonymous' | 'owner' | 'stranger' | 'manager' | 'admin' | 'north' | 'south',
    Person
  >
  /** Managed by north, and by south. */
  readonly stores: { readonly a: Json; readonly b: Json }
  readonly tea: Json
  readonly kettle: Json
  /** Switched off: for staff only. */
  readonly hidden: Json
  readonly categories: { readonly drinks: Json; readonly kitchen: Json }
  rest(person: Person, method: string, path: string, call?: Call): Promise<Answer>
  /** As admin; answers the record. */
  make(path: string, body: Json): Promise<Json>
  item(store: Json, product: Json, stock?: Json): Promise<Json>
  product(fields?: Json): Promise<Json>
}

let serial = 0

export const openRetail = async (options: Parameters<typeof startWorld>[0] = {}): Promise<Retail> => {
  const world = await startWorld(options)
  const cast = await world.cast()
  const [north, south] = await Promise.all([world.register('north'), world.register('south')])
  const people = { ...cast, north, south }
  const rest: Retail['rest'] = (person, method, path, call) => world.rest(person, method, path, call)
  const make = async (path: string, body: Json): Promise<Json> => {
    const answer = await rest(cast.admin, 'POST', path, { body })
    if (answer.status !== 201) throw new Error(JSON.stringify(answer.body))

    return answer.body
  }
  const product = (fields: Json = {}) =>
    make('/products', { name: `Thing ${++serial}`, sku: `SKU-${serial}`, price: 10, ...fields })
  const [drinks, kitchen] = [
    await make('/categories', { name: 'Drinks', slug: 'drinks' }),
    await make('/categories', { name: 'Kitchen', slug: 'kitchen' })
  ]

  return {
    world, people, rest, make, product,
    stores: {
      a: await make('/stores', { name: 'North Pier', region: 'North', manager_id: north.id }),
      b: await make('/stores', { name: 'South Gate', region: 'South', manager_id: south.id, store_type: 'kiosk' })
    },
    tea: await product({ name: 'Tea', price: 2.5, cost: 1, category_id: drinks.id }),
    kettle: await product({ name: 'Kettle', price: 40, cost: 20, category_id: kitchen.id }),
    hidden: await product({ name: 'Secret blend', price: 1000, cost: 1, category_id: drinks.id, is_active: false }),
    categories: { drinks, kitchen },
    item: (store, thing, stock = {}) =>
      make('/inventory', { store_id: store.id, product_id: thing.id, current_stock: 50, reorder_level: 10, max_stock: 100, ...stock })
  } // prettier-ignore
}

/** What a page of records names, in its order. */
export const ids = ({ body }: Answer): number[] => (body.data as Json[]).map(({ id }) => id)
