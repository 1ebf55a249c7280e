import { useLive } from 'rachis/react'
import { useAsk } from '../shared/ask'
import { client } from '../shared/client'
import type { Item } from '../shared/client'
import { count, time, words } from '../shared/format'
import { usePage } from '../shared/router'
import { useUser } from '../shared/session'
import { Empty, Waiting } from '../shared/shell'
import { Edit } from './levels'
import type { Shelf } from './levels-query'
import { useStores } from './place'

interface Entry {
  readonly position: number
  readonly event: string
  readonly user_id: number | null
  readonly at: string
  readonly changes: Readonly<Record<string, { readonly from: unknown; readonly to: unknown }>>
}

const SHOWN = ['current_stock', 'reorder_level', 'max_stock'] as const
const NAMES = { current_stock: 'In stock', reorder_level: 'Reorder level', max_stock: 'Room for' } as const

/** What came and what went; undefined where the stock stayed. */
const moved = ({ changes: { current_stock } }: Entry): number | undefined =>
  current_stock && Number(current_stock.to ?? 0) - Number(current_stock.from ?? 0)

/** Nobody is named whom the reader may not see. */
const Who = ({ id }: { id: number | null }) => {
  const user = useUser()
  if (id === null) return null

  return id === user?.id ? <>, by you</> : <>, by user {id}</>
}

const Movement = ({ entry }: { entry: Entry }) => {
  const difference = moved(entry)

  return (
    <li>
      <span className={`difference ${difference === undefined ? '' : difference < 0 ? 'went' : 'came'}`}>
        {difference === undefined ? '·' : `${difference > 0 ? '+' : '−'}${count(Math.abs(difference))}`}
      </span>
      <span>
        {entry.event === 'created' ? 'Taken into the store' : SHOWN.filter((name) => entry.changes[name]).map((name) => `${NAMES[name]}: ${String(entry.changes[name]!.from)} → ${String(entry.changes[name]!.to)}`).join(', ') || words(entry.event)}
        <span className="hint">
          {time(entry.at)}
          <Who id={entry.user_id} />
        </span>
      </span>
    </li>
  )
} // prettier-ignore

/** What happened on one shelf: the history of its record, asked anew when it changes. */
const Movements = ({ item }: { item: Item }) => {
  const { data } = useAsk(`${item.id} ${item.updated_at}`, async () => {
    const call = { path: 'inventory', method: 'history', data: { id: item.id } }
    return (await client.call<{ data: readonly Entry[] }>(call)).result
  })

  return (
    <section className="panel" aria-label="Movements">
      <h2>Movements</h2>
      {data ? (
        <ol className="movements">
          {data.data.map((entry) => (
            <Movement key={entry.position} entry={entry} />
          ))}
        </ol>
      ) : (
        <Waiting />
      )}
    </section>
  )
}

/** One product in one store, as it is now. */
export const ShelfPage = ({ id }: { id: number }) => {
  const { data, status } = useLive(client, 'inventory', { id })
  const [item] = data
  const product = useAsk(item && String(item.product_id), () => client.service('products').get(item!.product_id)).data // prettier-ignore
  const store = useStores().find((one) => one.id === item?.store_id) ?? null
  usePage(`${product?.name ?? 'Shelf'} · Stock`, String(id))
  if (!item) return status === 'loading' ? <Waiting /> : <Empty isPage title="There is no such shelf" />
  const shelf = { ...item, product: product ?? null, store } as unknown as Shelf

  return (
    <>
      <a className="back" href="#/levels">
        ← All levels
      </a>
      <div className="head page-head">
        <div>
          <h1>{product?.name ?? 'Product'}</h1>
          <p className="hint">
            {product?.sku}, {store?.name}
          </p>
        </div>
        <Edit shelf={shelf} />
      </div>
      <dl className="figures">
        {SHOWN.map((name) => (
          <div key={name} className={name === 'current_stock' && item.low_stock ? 'warn' : ''}>
            <dt>{NAMES[name]}</dt>
            <dd>{count(item[name])}</dd>
          </div>
        ))}
      </dl>
      <Movements item={item} />
    </>
  )
}
