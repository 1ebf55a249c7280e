import type { Dice } from './random'

interface Product {
  id: number
  name: string
  sku: string
  price: number
}
/** The rates of the shop, as its configuration has them. */
interface Rates {
  tax_rate: number
  shipping_amount: number
  free_shipping_from: number
  currency: string
}
const DAY = 86_400_000
const ADDRESS = { name: 'Una Wren', street: 'Feather Lane 7', city: 'Birdham', country: 'GB' }

/** How far an order of that age has come. */
const statusOf = (dice: Dice, days: number) => {
  if (dice.chance(0.06)) return 'cancelled'
  return days > 10 ? 'delivered' : days > 5 ? 'shipped' : days > 2 ? 'confirmed' : 'pending'
}

const linesOf = (dice: Dice, products: readonly Product[]) => {
  const chosen = Array.from({ length: dice.between(1, 4) }, () => dice.skewed(products))

  return [
    ...new Map(chosen.map((product) => [product.id, { product, quantity: dice.between(1, 3) }])).values()
  ]
}
type Line = ReturnType<typeof linesOf>[number]

const inCents = ({ product, quantity }: Line) => Math.round(product.price * 100) * quantity

/** Money in whole cents until it is written down. */
const amountsOf = (lines: readonly Line[], { tax_rate, shipping_amount, free_shipping_from }: Rates) => {
  const subtotal = lines.reduce((sum, line) => sum + inCents(line), 0)
  const tax = Math.round(subtotal * tax_rate)
  const shipping = subtotal < free_shipping_from * 100 ? Math.round(shipping_amount * 100) : 0

  return {
    subtotal: subtotal / 100,
    tax_amount: tax / 100,
    shipping_amount: shipping / 100,
    total: (subtotal + tax + shipping) / 100
  }
}

const momentsOf = (status: string, created: number) => {
  const after = (days: number) => new Date(created + days * DAY).toISOString()

  return {
    shipped_at: ['shipped', 'delivered'].includes(status) ? after(2) : null,
    delivered_at: status === 'delivered' ? after(4) : null,
    cancelled_at: status === 'cancelled' ? after(1) : null
  }
}

/** An order of the last year with its lines, in the form of their tables. */
const orderOf = (
  dice: Dice,
  index: number,
  users: readonly number[],
  products: readonly Product[],
  rates: Rates,
  now: number
) => {
  const created = now - Math.floor(dice.next() * 365 * DAY)
  const status = statusOf(dice, (now - created) / DAY)
  const lines = linesOf(dice, products)
  const created_at = new Date(created).toISOString()

  return {
    lines,
    order: {
      user_id: dice.pick(users),
      order_number: `ORD-DEMO${String(index + 1).padStart(5, '0')}`,
      status,
      ...amountsOf(lines, rates),
      currency: rates.currency,
      payment_method: dice.pick(['card', 'invoice', 'paypal']),
      payment_status: status === 'cancelled' ? 'refunded' : status === 'pending' ? 'pending' : 'paid',
      shipping_address: ADDRESS,
      billing_address: ADDRESS,
      ...momentsOf(status, created),
      created_at,
      updated_at: created_at
    }
  }
}

export const ordersOf = (
  dice: Dice,
  users: readonly number[],
  products: readonly Product[],
  rates: Rates,
  now: number,
  count = 2000
) => Array.from({ length: count }, (_, index) => orderOf(dice, index, users, products, rates, now))

/** A line of an order, once the order has its id. */
export const itemOf = (order_id: number, line: Line, created_at: string) => {
  const { product, quantity } = line
  const { id, name, sku, price } = product
  const product_snapshot = { name, sku, price }

  return {
    order_id,
    product_id: id,
    quantity,
    unit_price: price,
    total_price: inCents(line) / 100,
    product_snapshot,
    created_at
  }
}
