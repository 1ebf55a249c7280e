import { addressOf } from './people'
import type { Customer } from './people'
import type { Dice } from './random'
import { DAY, isoOf } from './time'

interface Product {
  id: number
  name: string
  sku: string
  price: number
}
interface Rates {
  tax_rate: number
  shipping_amount: number
  free_shipping_from: number
  currency: string
}

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
  const after = (days: number) => isoOf(created + days * DAY)
  const created_at = after(0)
  const shipped_at = ['shipped', 'delivered'].includes(status) ? after(2) : null
  const delivered_at = status === 'delivered' ? after(4) : null
  const cancelled_at = status === 'cancelled' ? after(1 / 24) : null
  const updated_at = delivered_at ?? shipped_at ?? cancelled_at ?? created_at

  return { shipped_at, delivered_at, cancelled_at, created_at, updated_at }
}

/** What orders are made from. */
interface Shop {
  readonly customers: readonly Customer[]
  readonly products: readonly Product[]
  /** As the configuration has them. */
  readonly rates: Rates
}

/** An order with its lines, in the form of their tables. */
const orderOf = (
  dice: Dice,
  { customers, products, rates }: Shop,
  index: number,
  created: number,
  now: number
) => {
  const status = statusOf(dice, (now - created) / DAY)
  const lines = linesOf(dice, products)
  const customer = dice.pick(customers)
  const address = addressOf(customer)

  return {
    lines,
    order: {
      user_id: customer.id,
      order_number: `ORD-DEMO${String(index + 1).padStart(5, '0')}`,
      status,
      ...amountsOf(lines, rates),
      currency: rates.currency,
      payment_method: dice.pick(['card', 'invoice', 'paypal']),
      payment_status: status === 'cancelled' ? 'refunded' : status === 'pending' ? 'pending' : 'paid',
      shipping_address: address,
      billing_address: address,
      ...momentsOf(status, created)
    }
  }
}

/** Orders of the last year, one after the other; an hour old at least, so that nothing of them lies in the future. */
export const ordersOf = (dice: Dice, shop: Shop, now: number, count = 2000) =>
  Array.from({ length: count }, () => now - DAY / 24 - Math.floor(dice.next() * 364 * DAY))
    .sort((a, b) => a - b)
    .map((created, index) => orderOf(dice, shop, index, created, now))

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
