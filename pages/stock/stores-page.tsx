import { useState } from 'react'
import { useAsk } from '../shared/ask'
import { client } from '../shared/client'
import type { Store } from '../shared/client'
import { Field, useForm, Wrong } from '../shared/form'
import { plural, words } from '../shared/format'
import { usePage } from '../shared/router'
import type { Route } from '../shared/router'
import { Empty } from '../shared/shell'
import { useMay } from './may'
import { Place, useStores } from './place'

interface Region {
  readonly region: string
  readonly stores: number
  readonly managed: number
  readonly store_types: Readonly<Record<string, number>>
}

/** The stores of each region in figures, asked anew when there are others. */
const Regions = ({ stores }: { stores: readonly Store[] }) => {
  const key = stores.map(({ id, region, store_type, manager_id }) => [id, region, store_type, manager_id].join()).join(' ') // prettier-ignore
  const { data = [] } = useAsk<readonly Region[]>(key, () => client.service('stores').region_summary({}) as Promise<readonly Region[]>) // prettier-ignore

  return (
    <ul className="figures">
      {data.map(({ region, stores: number, managed, store_types }) => (
        <li key={region}>
          <span>{region}</span>
          <strong>{plural(number, 'store')}</strong>
          <span className="hint">
            {managed} managed; {Object.entries(store_types).map(([type, of]) => `${of} ${type}`).join(', ')}
          </span>
        </li>
      ))}
    </ul>
  )
} // prettier-ignore

const FIELDS = ['name', 'region', 'store_type', 'address'] as const

/** Opens another store: administrators do. */
const StoreForm = () => {
  const [made, setMade] = useState<string>()
  const { problems, isBusy, onSubmit } = useForm(FIELDS, async (given) => {
    setMade(undefined)
    // What is required is sent as it is, so that the server says at its field what is wrong with it.
    const { name = '', region = '', ...rest } = given
    const others = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== ''))
    const store = await client.service('stores').create({ name, region, ...others } as never)
    setMade(store.name)
  })
  const { fields } = problems

  return (
    <details className="panel ask">
      <summary>Open another store</summary>
      <form key={made} className="form" onSubmit={onSubmit} noValidate>
        {problems.form && <Wrong>{problems.form}</Wrong>}
        <div className="choices">
          <Field label="Name" name="name" problem={fields.name} />
          <Field label="Its region" name="region" problem={fields.region} />
          <Field label="Type" name="store_type" placeholder="standard" problem={fields.store_type} />
          <Field label="Address" name="address" problem={fields.address} />
          <button className="primary" disabled={isBusy}>
            Open it
          </button>
        </div>
        <p role="status">{made && `${made} is open.`}</p>
      </form>
    </details>
  )
}

const Card = ({ store }: { store: Store }) => (
  <li className="panel">
    <h2>{store.name}</h2>
    <p className="hint">
      {store.region}, {words(store.store_type)}
    </p>
    <p>{store.address ?? 'No address'}</p>
    <p className="links">
      <a href={`#/levels?store=${store.id}`}>Levels</a>
      <a href={`#/movements?store=${store.id}`}>Movements</a>
      <a href={`#/?store=${store.id}`}>Figures</a>
    </p>
  </li>
)

export const StoresPage = ({ route }: { route: Route }) => {
  const may = useMay()
  const stores = useStores()
  const [region, id] = [route.query.get('region'), Number(route.query.get('store'))]
  const shown = stores.filter((store) => (id ? store.id === id : !region || store.region === region))
  usePage('Stores · Stock', 'stores')

  return (
    <>
      <div className="head page-head">
        <h1>Stores</h1>
        <div className="choices">
          <Place route={route} />
        </div>
      </div>
      <Regions stores={stores} />
      {may('stores', 'create') && <StoreForm />}
      {shown.length === 0 && <Empty title="There is no store here" />}
      <ul className="stores">
        {shown.map((store) => (
          <Card key={store.id} store={store} />
        ))}
      </ul>
    </>
  )
}
