import { useState } from 'react'
import { useAsk } from '../shared/ask'
import { client } from '../shared/client'
import { Field, Select, useForm, Wrong } from '../shared/form'
import { useMay } from './may'
import { useStores } from './place'

const FIELDS = ['store_id', 'product_id', 'quantity'] as const
/** A product as it is chosen by its name. */
interface Kept {
  readonly product_id: number
  readonly product: { readonly name: string; readonly sku: string } | null
}

/** Of so many products one chooses from a list. */
const MOST = 100

const nameOf = ({ product }: Kept) => product?.name ?? ''

/** What a store keeps, to choose from. */
const useKept = (store: number): readonly Kept[] =>
  useAsk(store > 0 ? String(store) : undefined, async () => {
    const { data } = await client.service('inventory').find({ query: { store_id: store, $include: ['product'], $limit: MOST } as never }) // prettier-ignore
    const kept = data as unknown as readonly Kept[]
    return kept.toSorted((a, b) => nameOf(a).localeCompare(nameOf(b)))
  }).data ?? []

/** Asks for pieces for a store: its manager does, and administrators. */
export const AskForm = ({ query }: { query: URLSearchParams }) => {
  const may = useMay()
  const stores = useStores().filter(({ id }) => may('replenishments', 'create', { store_id: id }))
  const [store, setStore] = useState(query.get('store') ?? '')
  const kept = useKept(Number(store))
  const [isDone, setDone] = useState(false)
  const { problems, isBusy, onSubmit } = useForm(FIELDS, async (given) => {
    setDone(false)
    const sent = FIELDS.filter((name) => given[name]).map((name) => [name, Number(given[name])])
    await client.service('replenishments').create(Object.fromEntries(sent) as never)
    setDone(true)
  })
  const { fields } = problems
  if (stores.length === 0) return null

  return (
    <details className="panel ask" open={query.has('ask') || undefined}>
      <summary>Ask for a replenishment</summary>
      <form className="form" onSubmit={onSubmit} noValidate>
        {problems.form && <Wrong>{problems.form}</Wrong>}
        <div className="choices">
          <Select label="For the store" name="store_id" value={store} choices={[{ value: '', name: 'Choose' }, ...stores.map(({ id, name }) => ({ value: String(id), name }))]} onChange={setStore} problem={fields.store_id} />
          <Select key={`${store} ${kept.length}`} label="Product" name="product_id" defaultValue={query.get('product') ?? ''} choices={[{ value: '', name: 'Choose' }, ...kept.map(({ product_id, product }) => ({ value: String(product_id), name: product ? `${product.name} (${product.sku})` : `Product ${product_id}` }))]} problem={fields.product_id} />
          <Field label="Quantity" name="quantity" type="number" min={1} defaultValue={query.get('quantity') ?? ''} problem={fields.quantity} />
          <button className="primary" disabled={isBusy}>
            Ask for it
          </button>
        </div>
        <p role="status">{isDone && 'Asked for.'}</p>
      </form>
    </details>
  )
} // prettier-ignore
