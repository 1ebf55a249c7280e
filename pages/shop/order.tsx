import { useLive } from 'rachis/react'
import { useRef, useState } from 'react'
import { client } from '../shared/client'
import type { Order } from '../shared/client'
import { Wrong } from '../shared/form'
import { money, time, words } from '../shared/format'
import { usePage } from '../shared/router'
import { Empty, Waiting } from '../shared/shell'
import { Status } from './orders'

const STEPS = ['pending', 'confirmed', 'shipped', 'delivered'] as const

/** How far it has come. */
const Progress = ({ order }: { order: Order }) => {
  const reached = STEPS.indexOf(order.status as (typeof STEPS)[number])
  if (reached < 0) return null

  return (
    <ol className="progress" aria-label="Progress">
      {STEPS.map((step, index) => (
        <li key={step} className={index <= reached ? 'done' : ''} aria-current={index === reached ? 'step' : undefined}>
          {words(step)}
        </li>
      ))}
    </ol>
  )
} // prettier-ignore

/** Cancels after asking; the stock comes back with it. */
const Cancel = ({ order }: { order: Order }) => {
  const dialog = useRef<HTMLDialogElement>(null)
  const [error, setError] = useState<string>()
  const cancel = () => {
    dialog.current?.close()
    client
      .service('orders')
      .cancel({ id: order.id })
      .catch(({ message }: Error) => setError(message))
  }

  return (
    <>
      {error && <Wrong>{error}</Wrong>}
      <button onClick={() => dialog.current?.showModal()}>Cancel the order</button>
      <dialog ref={dialog} aria-labelledby="cancel-title">
        <h2 id="cancel-title">Cancel {order.order_number}?</h2>
        <p>Nothing of it will be sent.</p>
        <div className="buttons">
          <button className="danger" onClick={cancel}>
            Yes, cancel it
          </button>
          <button onClick={() => dialog.current?.close()}>Keep it</button>
        </div>
      </dialog>
    </>
  )
}

const Items = ({ order }: { order: Order }) => {
  const { data } = useLive(client, 'order-items', { order_id: order.id, $sort: { id: 1 } })

  return (
    <ul className="lines plain">
      {data.map(({ id, product_id, product_snapshot, quantity, unit_price, total_price }) => (
        <li key={id} className="line">
          <div>
            <a href={`#/products/${product_id}`}>{String((product_snapshot as { name?: unknown }).name)}</a>
            <p className="hint">
              {quantity} × {money(unit_price, order.currency)}
            </p>
          </div>
          <strong>{money(total_price, order.currency)}</strong>
        </li>
      ))}
    </ul>
  )
}

const AMOUNTS = [
  ['Products', 'subtotal'],
  ['Shipping', 'shipping_amount'],
  ['Tax', 'tax_amount'],
  ['Total', 'total']
] as const

const Summary = ({ order }: { order: Order }) => (
  <aside className="panel">
    <h2>Summary</h2>
    <dl className="totals">
      {AMOUNTS.map(([name, key]) => (
        <div key={key} className={key}>
          <dt>{name}</dt>
          <dd>{money(order[key], order.currency)}</dd>
        </div>
      ))}
      <div>
        <dt>Payment</dt>
        <dd>{words(order.payment_status)}</dd>
      </div>
    </dl>
    <h2>Sent to</h2>
    <address>
      {Object.entries(order.shipping_address as object).map(([name, value]) => (
        <span key={name}>{String(value)}</span>
      ))}
    </address>
    {['pending', 'confirmed'].includes(order.status) && <Cancel order={order} />}
  </aside>
)

/** One order, whose state changes before the customer's eyes. */
export const OrderPage = ({ id, isNew }: { id: number; isNew: boolean }) => {
  const { data, status } = useLive(client, 'orders', { id })
  const [order] = data
  usePage(`${order?.order_number ?? 'Order'} · Shop`, String(id))
  if (!order)
    return status === 'loading' ? <Waiting /> : <Empty isPage title="There is no such order of yours" />

  return (
    <>
      {isNew && (
        <p className="thanks" role="status">
          Thank you. Your order is with us.
        </p>
      )}
      <a className="back" href="#/orders">
        ← All orders
      </a>
      <div className="title">
        <h1>{order.order_number}</h1>
        <Status of={order.status} />
      </div>
      <p className="hint">Ordered {time(order.created_at)}</p>
      <Progress order={order} />
      <div className="split">
        <Items order={order} />
        <Summary order={order} />
      </div>
    </>
  )
}
