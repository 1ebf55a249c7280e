import { useLive } from 'rachis/react'
import { useState } from 'react'
import { useAsk } from '../shared/ask'
import { client } from '../shared/client'
import type { Replenishment } from '../shared/client'
import { Wrong } from '../shared/form'
import { count, time, words } from '../shared/format'
import { queryWith, usePage } from '../shared/router'
import type { Route } from '../shared/router'
import { Empty, Waiting } from '../shared/shell'
import { AskForm } from './ask-form'
import { useMay } from './may'
import { Place, placeOf, useStores } from './place'

const STATUSES = ['pending', 'approved', 'fulfilled', 'cancelled'] as const
const STEPS = ['approve', 'fulfill', 'cancel'] as const
const LABELS = { approve: 'Approve', fulfill: 'Fulfil', cancel: 'Cancel' } as const
/** As many as are shown; older ones are on the admin page. */
const SHOWN = 100

/** The steps that the rules allow whoever looks. */
const Steps = ({ record, name }: { record: Replenishment; name: string }) => {
  const may = useMay()
  const [error, setError] = useState<string>()
  const take = (step: (typeof STEPS)[number]) => {
    setError(undefined)
    client
      .service('replenishments')
      [step]({ id: record.id })
      .catch(({ message, hint }: Error & { hint?: string }) => setError([message, hint].filter(Boolean).join('. '))) // prettier-ignore
  }

  return (
    <>
      <span className="buttons">
        {STEPS.filter((step) => may('replenishments', step, record)).map((step) => (
          <button
            key={step}
            className={step === 'cancel' ? 'quiet' : 'step'}
            aria-label={`${LABELS[step]}: ${name}`}
            onClick={() => take(step)}
          >
            {LABELS[step]}
          </button>
        ))}
      </span>
      {error && <Wrong>{error}</Wrong>}
    </>
  )
}

interface RowProps {
  readonly record: Replenishment
  readonly product: string
  readonly store: string
}
const Row = ({ record, product, store }: RowProps) => (
  <tr>
    <td>
      {product}
      <span className="hint">{store}</span>
    </td>
    <td className="right">
      <strong>+{count(record.quantity)}</strong>
    </td>
    <td>
      <span className={`status ${record.status}`}>{words(record.status)}</span>
      <span className="hint">
        {time(record.fulfilled_at ?? record.approved_at ?? record.created_at)}
      </span>
    </td>
    <td>
      <Steps record={record} name={`${count(record.quantity)} of ${product} for ${store}`} />
    </td>
  </tr>
) // prettier-ignore

/** The names of products, asked once for all that are shown. */
const useNames = (ids: readonly number[]): ReadonlyMap<number, string> => {
  const wanted = [...new Set(ids)].sort((a, b) => a - b)
  const { data } = useAsk(
    wanted.length > 0 ? wanted.join() : undefined,
    () =>
    client.service('products').find({ query: { id: { $in: wanted }, $limit: SHOWN, $select: ['id', 'name'] } as never }) // prettier-ignore
  )
  return new Map(data?.data.map(({ id, name }) => [id, name]))
}

const HEADS = ['Product', 'Quantity', 'State', 'Next']
const Table = ({ data }: { data: readonly Replenishment[] }) => {
  const names = useNames(data.map(({ product_id }) => product_id))
  const stores = useStores()

  return (
    <div className="scroll panel" tabIndex={0} role="region" aria-label="Replenishments">
      <table>
        <thead>
          <tr>
            {HEADS.map((head) => (
              <th key={head} scope="col" className={head === 'Quantity' ? 'right' : ''}>
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {data.map((record) => (
            <Row key={record.id} record={record} product={names.get(record.product_id) ?? `Product ${record.product_id}`} store={stores.find(({ id }) => id === record.store_id)?.name ?? ''} />
          ))}
        </tbody>
      </table>
    </div>
  )
} // prettier-ignore

/** What the stores have asked for, up to the shelf. */
export const Movements = ({ route }: { route: Route }) => {
  const { query } = route
  const may = useMay()
  const stores = useStores()
  const status = STATUSES.find((one) => one === query.get('status'))
  const place = placeOf(query)
  const region = 'region' in place ? stores.filter((store) => store.region === place.region![0]) : undefined
  const { data, status: state } = useLive(client, 'replenishments', {
    ...(status ? { status } : {}),
    ...('store_id' in place ? { store_id: place.store_id } : {}),
    ...(region ? { store_id: { $in: region.map(({ id }) => id) } } : {}),
    $sort: { created_at: -1 },
    $limit: SHOWN
  })
  usePage('Movements · Stock', 'movements')

  return (
    <>
      <div className="head page-head">
        <h1>Movements</h1>
        <div className="choices">
          <Place route={route} />
        </div>
      </div>
      {may('replenishments', 'create') && <AskForm query={query} />}
      <nav className="chips" aria-label="State">
        {[undefined, ...STATUSES].map((value) => (
          <a key={value ?? 'all'} href={`#/movements${queryWith(query, { status: value })}`} aria-current={status === value ? 'true' : undefined}>
            {value ? words(value) : 'All'}
          </a>
        ))}
      </nav>
      {state === 'loading' && <Waiting />}
      {state !== 'loading' && data.length === 0 && <Empty title="Nothing was asked for" />}
      {data.length > 0 && <Table data={data} />}
    </>
  )
} // prettier-ignore
