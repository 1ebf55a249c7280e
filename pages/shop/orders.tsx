import { useLive } from 'rachis/react'
import { client } from '../shared/client'
import type { Order } from '../shared/client'
import { date, money, words } from '../shared/format'
import { queryWith, usePage } from '../shared/router'
import type { User } from '../shared/session'
import { Empty, Waiting } from '../shared/shell'

const STATUSES = ['pending', 'confirmed', 'shipped', 'delivered', 'cancelled'] as const
/** As many as are shown; older ones are on the admin page. */
const SHOWN = 100

export const Status = ({ of }: { of: string }) => <span className={`status ${of}`}>{words(of)}</span>

const Row = ({ order }: { order: Order }) => (
  <li>
    <a className="order" href={`#/orders/${order.id}`}>
      <span>
        <strong>{order.order_number}</strong>
        <span className="hint">{date(order.created_at)}</span>
      </span>
      <Status of={order.status} />
      <strong>{money(order.total, order.currency)}</strong>
    </a>
  </li>
)

/** The orders of whoever is signed in, as they are now. */
export const Orders = ({ user, query }: { user: User; query: URLSearchParams }) => {
  const chosen = STATUSES.find((status) => status === query.get('status'))
  const { data, status } = useLive(client, 'orders', {
    user_id: user.id,
    ...(chosen ? { status: chosen } : {}),
    $sort: { created_at: -1 },
    $limit: SHOWN
  })
  usePage('Orders · Shop', 'orders')

  return (
    <>
      <h1>Your orders</h1>
      <nav className="chips" aria-label="Status">
        {[undefined, ...STATUSES].map((value) => (
          <a key={value ?? 'all'} href={`#/orders${queryWith(query, { status: value })}`} aria-current={chosen === value ? 'true' : undefined}>
            {value ? words(value) : 'All'}
          </a>
        ))}
      </nav>
      {status === 'loading' && <Waiting />}
      {status !== 'loading' && data.length === 0 && (
        <Empty title={chosen ? `None is ${chosen}` : 'You have not ordered anything yet'}>
          <a className="button" href="#/">
            See what there is
          </a>
        </Empty>
      )}
      <ul className="orders">
        {data.map((order) => (
          <Row key={order.id} order={order} />
        ))}
      </ul>
    </>
  )
} // prettier-ignore
