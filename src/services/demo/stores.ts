import type { Dice } from './random'
import { DAY, isoOf } from './time'

const REGIONS = ['North', 'South', 'East', 'West'] as const
const TYPES = ['flagship', 'standard', 'kiosk'] as const
const TOWNS = [
  'Birdham',
  'Featherstone',
  'Quillport',
  'Downham',
  'Plumley',
  'Ravenglass',
  'Larkhill',
  'Swanage',
  'Cranfield',
  'Finchley'
]

/** Ten stores; the manager of the demonstration has the first two. */
export const storesOf = (dice: Dice, manager_id: number, opened: number) =>
  TOWNS.map((town, index) => ({
    name: `${town} store`,
    region: REGIONS[index % REGIONS.length]!,
    store_type: dice.pick(TYPES),
    address: `${dice.between(1, 90)} High Street, ${town}`,
    manager_id: index < 2 ? manager_id : null,
    created_at: isoOf(opened)
  }))

/** A hundred products in each store: most of them from its beginning, the others came within the last two months. */
export const inventoryOf = (
  dice: Dice,
  stores: readonly number[],
  products: readonly number[],
  opened: number,
  now: number
) =>
  stores.flatMap((store_id, shift) =>
    Array.from({ length: 100 }, (_, index) => {
      const max_stock = dice.between(40, 200)

      return {
        store_id,
        product_id: products[(index * 5 + shift) % products.length]!,
        max_stock,
        reorder_level: dice.between(5, 20),
        current_stock: dice.chance(0.1) ? dice.between(0, 8) : dice.between(10, max_stock),
        created_at: isoOf(dice.chance(0.7) ? opened : now - dice.next() * 60 * DAY)
      }
    })
  )

/** Three requests of each store, at different steps: each takes a day. */
export const replenishmentsOf = (
  dice: Dice,
  stores: readonly number[],
  products: readonly number[],
  approved_by: number,
  now: number
) =>
  stores.flatMap((store_id, shift) =>
    ['pending', 'approved', 'fulfilled'].map((status, index) => {
      const made = now - (2 * index + 1) * DAY
      const approved_at = status === 'pending' ? null : isoOf(made + DAY)
      const fulfilled_at = status === 'fulfilled' ? isoOf(made + 2 * DAY) : null

      return {
        store_id,
        product_id: products[(index * 5 + shift) % products.length]!,
        quantity: dice.between(5, 40),
        status,
        approved_by: approved_at && approved_by,
        approved_at,
        fulfilled_at,
        created_at: isoOf(made),
        updated_at: fulfilled_at ?? approved_at ?? isoOf(made)
      }
    })
  )
