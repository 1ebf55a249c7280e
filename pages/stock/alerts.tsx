import { count } from '../shared/format'
import { Empty, Waiting } from '../shared/shell'
import { useMay } from './may'
import { useReport } from './overview'
import type { Asking } from './overview'

interface Alert {
  readonly id: number
  readonly product_id: number
  readonly product: string
  readonly sku: string
  readonly store_id: number
  readonly store: string
  readonly region: string
  readonly current_stock: number
  readonly reorder_level: number
  readonly room: number
}

/** How full a shelf is, beside the level that it should not fall to. */
export const Level = ({ now, most, low }: { now: number; most: number; low: boolean }) => (
  <meter
    className={now === 0 ? 'none' : low ? 'low' : ''}
    min={0}
    max={most}
    value={now}
    aria-label={`${now} of ${most}`}
  />
)

const Row = ({ alert }: { alert: Alert }) => {
  const may = useMay()
  const { id, product_id, product, sku, store_id, store, region, current_stock, reorder_level, room } = alert
  const isOffered = room > 0 && may('replenishments', 'create', alert)

  return (
    <tr>
      <td>
        <a href={`#/levels/${id}`}>{product}</a>
        <span className="hint">{sku}</span>
      </td>
      <td>
        {store}
        <span className="hint">{region}</span>
      </td>
      <td className="right">
        <span className={`status ${current_stock === 0 ? 'critical' : 'low'}`}>
          {count(current_stock)} of {count(reorder_level)}
        </span>
      </td>
      <td className="right">
        {isOffered && (
          <a className="button" href={`#/movements?ask=yes&store=${store_id}&product=${product_id}&quantity=${room}`}>
            Ask for {count(room)}
          </a>
        )}
      </td>
    </tr>
  )
} // prettier-ignore

/** What runs low, most urgent first. */
export const Alerts = ({ asking }: { asking: Asking }) => {
  const { data } = useReport<{ total: number; data: readonly Alert[] }>('low_stock_alerts', asking, { limit: 10 }) // prettier-ignore

  return (
    <section className="panel wide-panel" aria-label="Running low">
      <div className="head">
        <h2>Running low</h2>
        {data && data.total > data.data.length && <a href="#/levels?low=yes">All {count(data.total)}</a>}
      </div>
      {!data && <Waiting />}
      {data?.data.length === 0 && <Empty title="Nothing runs low" />}
      {data && data.data.length > 0 && (
        <div className="scroll" tabIndex={0} role="region" aria-label="What runs low">
          <table>
            <thead>
              <tr>
                <th scope="col">Product</th>
                <th scope="col">Store</th>
                <th scope="col" className="right">
                  Stock of level
                </th>
                <th scope="col" className="right">
                  Replenish
                </th>
              </tr>
            </thead>
            <tbody>
              {data.data.map((alert) => (
                <Row key={alert.id} alert={alert} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  )
}
