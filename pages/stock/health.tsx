import { useAsk } from '../shared/ask'
import { client } from '../shared/client'
import { count, roundMoney, words } from '../shared/format'
import { Waiting } from '../shared/shell'
import { AreaChart, Bars } from './charts'

const LEVELS = ['critical', 'low', 'medium', 'high'] as const

interface Named {
  readonly id: number
  readonly name: string
  readonly stock_quantity: number
}
interface Check {
  readonly total: number
  readonly counts: Readonly<Record<(typeof LEVELS)[number], number>>
  readonly products: Readonly<Record<(typeof LEVELS)[number], readonly Named[]>>
}

/** As many as fit beside the figures. */
const NAMED = 6

/** How much is left of what the shop sells: for administrators. */
export const Health = ({ round }: { round: number }) => {
  const { data } = useAsk<Check>(`health ${round}`, () => client.service('orders').stock_check({}) as Promise<Check>) // prettier-ignore
  const scarce = data ? [...data.products.critical, ...data.products.low].slice(0, NAMED) : []

  return (
    <section className="panel" aria-label="Health of the shop's stock">
      <h2>The shop’s own stock</h2>
      {!data && <Waiting />}
      {data && (
        <>
          <dl className="levels">
            {LEVELS.map((level) => (
              <div key={level}>
                <dt className={`status ${level}`}>{words(level)}</dt>
                <dd>{count(data.counts[level])}</dd>
              </div>
            ))}
          </dl>
          <ul className="plain">
            {scarce.map(({ id, name, stock_quantity }) => (
              <li key={id}>
                <a href={`/shop#/products/${id}`}>{name}</a>
                <span className="hint">{stock_quantity} left</span>
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  )
}

interface SalesAnswer {
  readonly currency: string
  readonly total_revenue: number
  readonly total_orders: number
  readonly daily_sales: readonly { readonly date: string; readonly revenue: number }[]
  readonly top_products: readonly { readonly name: string; readonly revenue: number }[]
}

/** What was sold in the last thirty days: for administrators. */
export const Sales = () => {
  const { data } = useAsk<SalesAnswer>('sales', () => client.service('analytics').sales({ days: 30 }) as unknown as Promise<SalesAnswer>) // prettier-ignore
  const format = (amount: number) => roundMoney(amount, data?.currency)

  return (
    <>
      <section className="panel wide-panel" aria-label="Sales">
        <div className="head">
          <h2>Sales of 30 days</h2>
          {data && (
            <p>
              {format(data.total_revenue)} in {count(data.total_orders)} orders
            </p>
          )}
        </div>
        {data ? (
          <AreaChart
            title="Sales"
            points={data.daily_sales.map(({ date, revenue }) => ({ name: date, value: revenue }))}
            format={format}
          />
        ) : (
          <Waiting />
        )}
      </section>
      <section className="panel" aria-label="Best products">
        <h2>Best products</h2>
        {data && (
          <Bars
            title="Best products"
            points={data.top_products.slice(0, 7).map(({ name, revenue }) => ({ name, value: revenue }))}
            format={format}
          />
        )}
      </section>
    </>
  )
}
