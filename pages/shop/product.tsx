import { useLive } from 'rachis/react'
import { useState } from 'react'
import { useAsk } from '../shared/ask'
import { client } from '../shared/client'
import type { Product } from '../shared/client'
import { words } from '../shared/format'
import { usePage } from '../shared/router'
import { Empty, Waiting } from '../shared/shell'
import { cart, useCart } from './cart'
import { Picture } from './picture'
import type { Stored } from './picture'
import { Quantity } from './quantity'
import { Stock } from './stock'
import { Price } from '../shared/terms'

const Facts = ({ product }: { product: Product }) => {
  const { sku, brand, weight, attributes } = product
  const facts: [string, unknown][] = [
    ['Brand', brand],
    ...Object.entries(attributes as object).map(([name, value]): [string, unknown] => [words(name), value]),
    ['Weight', weight === null ? null : `${weight} kg`],
    ['Article number', sku]
  ]

  return (
    <dl className="facts">
      {facts
        .filter(([, value]) => value !== null && typeof value !== 'object')
        .map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{String(value)}</dd>
          </div>
        ))}
    </dl>
  )
}

/** Puts pieces into the cart, no more than there are. */
const Buy = ({ product }: { product: Product }) => {
  const [quantity, setQuantity] = useState(1)
  const held = useCart().find(({ product_id }) => product_id === product.id)?.quantity ?? 0
  const room = product.stock_quantity - held
  const most = Math.max(1, room)

  return (
    <form
      className="buy"
      onSubmit={(event) => {
        event.preventDefault()
        cart.add(product.id, Math.min(quantity, most))
        setQuantity(1)
      }}
    >
      <Quantity value={Math.min(quantity, most)} most={most} onChange={setQuantity} />
      <button className="primary" disabled={room < 1}>
        {product.stock_quantity === 0 ? 'Sold out' : 'Add to cart'}
      </button>
      <p role="status">
        {held > 0 && (
          <>
            {held} in your cart. <a href="#/cart">Go to the cart</a>
          </>
        )}
      </p>
    </form>
  )
}

/** One product, as it is now: price and stock change while one looks. */
export const ProductPage = ({ id }: { id: number }) => {
  const { data, status } = useLive(client, 'products', { id, is_active: true })
  const { data: pictures } = useAsk(`pictures ${id}`, () =>
    client.service('product-images').find({ query: { product_id: id, $sort: { position: 1 } } })
  )
  const [product] = data
  usePage(`${product?.name ?? 'Product'} · Shop`, String(id))
  if (!product && status === 'loading') return <Waiting />
  if (!product)
    return (
      <Empty isPage title="This product is not for sale">
        <a className="button" href="#/">
          See what is
        </a>
      </Empty>
    )

  return (
    <article className="product">
      <div className="picture">
        <Picture product={{ ...product, pictures: pictures?.data as readonly Stored[] | undefined }} />
      </div>
      <div>
        <a className="back" href="#/">
          ← All products
        </a>
        <h1>{product.name}</h1>
        <p className="price" data-testid="price">
          <Price of={product.price} />
        </p>
        <Stock product={product} />
        {product.description && <p className="description">{product.description}</p>}
        <Buy key={product.id} product={product} />
        <Facts product={product} />
      </div>
    </article>
  )
}
