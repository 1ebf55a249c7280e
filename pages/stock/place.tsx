import { createContext, useContext } from 'react'
import type { ReactNode } from 'react'
import { useLive } from 'rachis/react'
import { useAsk } from '../shared/ask'
import { client } from '../shared/client'
import type { Store } from '../shared/client'
import { Select } from '../shared/form'
import { go, queryWith } from '../shared/router'
import type { Route } from '../shared/router'

const Stores = createContext<readonly Store[]>([])

/** Every store, as they are now. */
export const WithStores = ({ children }: { children: ReactNode }) => {
  const { data } = useLive(client, 'stores', { $sort: { name: 1 } })
  return <Stores value={data}>{children}</Stores>
}
export const useStores = () => useContext(Stores)

/** Which stores a page is about: as reports and lists take it. */
export const placeOf = (query: URLSearchParams) => {
  const [region, store] = [query.get('region'), Number(query.get('store'))]
  return store > 0 ? { store_id: store } : region ? { region: [region] } : {}
}

interface RegionOption {
  readonly region: string
  readonly stores: number
}
export const useRegions = () =>
  useAsk<readonly RegionOption[]>('regions', () => client.service('stores').region_options({})).data ?? []

/** Chooses a region and a store; the address keeps the choice. */
export const Place = ({ route: { parts, query } }: { route: Route }) => {
  const regions = useRegions()
  const chosen = query.get('region')
  const stores = useStores().filter(({ region }) => !chosen || region === chosen)
  const set = (changes: Readonly<Record<string, string | undefined>>) =>
    go(parts.join('/') + queryWith(query, { page: undefined, ...changes }))

  return (
    <>
      <Select
        label="Region"
        name="region"
        value={chosen ?? ''}
        choices={[{ value: '', name: 'All regions' }, ...regions.map(({ region }) => ({ value: region, name: region }))]}
        onChange={(region) => set({ region, store: undefined })}
      />
      <Select
        label="Store"
        name="store"
        value={query.get('store') ?? ''}
        choices={[{ value: '', name: 'All stores' }, ...stores.map(({ id, name }) => ({ value: String(id), name }))]}
        onChange={(store) => set({ store })}
      />
    </>
  )
} // prettier-ignore
