import type { Product } from '../shared/client'

/** From so many pieces on nobody has to hurry. */
const PLENTY = 10

/** How much is left, in the words of a shop. */
export const Stock = ({ product }: { product: Pick<Product, 'stock_quantity'> }) => {
  const left = product.stock_quantity
  if (left === 0) return <span className="stock gone">Sold out</span>
  if (left < PLENTY) return <span className="stock few">Only {left} left</span>

  return <span className="stock">In stock</span>
}
