import { useLive } from 'rachis/react'
import { client } from '../shared/client'
import type { Product } from '../shared/client'
import { usePage } from '../shared/router'
import { Empty, Waiting } from '../shared/shell'
import { cart, useCart } from './cart'
import type { Line } from './cart'
import { Picture } from './picture'
import { Quantity } from './quantity'
import { Price } from '../shared/terms'
import { Totals } from './totals'

/** A line of the cart with its product, as it is now; without one that is not for sale any more. */
export interface Filled extends Line {
  readonly product?: Product
}

/** The cart with the prices and the stock of now. */
export const useFilledCart = () => {
  const lines = useCart()
  const ids = lines.map(({ product_id }) => product_id)
  const { data, status } = useLive(client, 'products', { id: { $in: ids.length > 0 ? ids : [0] }, is_active: true }) // prettier-ignore
  const filled = lines.map((line): Filled => ({
    ...line,
    product: data.find(({ id }) => id === line.product_id)
  }))

  return { filled, isKnown: lines.length === 0 || status !== 'loading' }
}

/** What is in the way of ordering a line; undefined where nothing is. */
export const problemOf = ({ product, quantity }: Filled): string | undefined => {
  if (!product) return 'Not for sale any more'
  if (product.stock_quantity === 0) return 'Sold out'

  return product.stock_quantity < quantity ? `Only ${product.stock_quantity} left` : undefined
}

const Row = ({ line }: { line: Filled }) => {
  const { product, product_id, quantity } = line
  const problem = problemOf(line)
  const name = product?.name ?? `Product ${product_id}`

  return (
    <li className="line">
      <span className="picture">
        {product && <Picture product={product} />}
      </span>
      <div>
        <a href={`#/products/${product_id}`}>{name}</a>
        {problem ? <p className="problem">{problem}</p> : <p className="hint"><Price of={product!.price} /> each</p>}
      </div>
      <Quantity label={`Quantity of ${name}`} value={quantity} most={product?.stock_quantity ?? quantity} onChange={(number) => cart.set(product_id, number)} />
      <strong>{product && <Price of={product.price * quantity} />}</strong>
      <button className="quiet" aria-label={`Remove ${name}`} onClick={() => cart.remove(product_id)}>
        ×
      </button>
    </li>
  )
} // prettier-ignore

export const CartPage = () => {
  const { filled, isKnown } = useFilledCart()
  usePage('Cart · Shop', 'cart')
  if (!isKnown) return <Waiting />
  if (filled.length === 0)
    return (
      <Empty isPage title="Your cart is empty">
        <a className="button" href="#/">
          See what there is
        </a>
      </Empty>
    )
  const isBlocked = filled.some((line) => problemOf(line) !== undefined)

  return (
    <>
      <h1>Your cart</h1>
      <div className="split">
        <ul className="lines">
          {filled.map((line) => (
            <Row key={line.product_id} line={line} />
          ))}
        </ul>
        <aside className="panel">
          <Totals lines={filled} />
          {isBlocked ? (
            <p className="problem">Change what is marked, then go on.</p>
          ) : (
            <a className="button primary wide" href="#/checkout">
              Check out
            </a>
          )}
        </aside>
      </div>
    </>
  )
}
