import { useEffect, useState } from 'react'
import { useAsk, useSettled } from '../shared/ask'
import { client } from '../shared/client'
import type { Item } from '../shared/client'

const SIZE = 25
const EVENTS = ['created', 'updated', 'patched', 'removed'] as const
/** Milliseconds for which a row that has changed is marked. */
const MARKED = 4000

/** What a store has of a product, with both. */
export interface Shelf extends Item {
  readonly product: { readonly id: number; readonly name: string; readonly sku: string } | null
  readonly store: { readonly id: number; readonly name: string; readonly region: string } | null
}

export const pageOf = (query: URLSearchParams): number =>
  Math.max(1, Math.trunc(Number(query.get('page'))) || 1)

const toQuery = (query: URLSearchParams) => {
  const [region, store, category] = [query.get('region'), query.get('store'), query.get('category')]

  return {
    ...(store ? { store_id: Number(store) } : region ? { 'store.region': region } : {}),
    ...(category ? { 'product.category.name': category } : {}),
    ...(query.get('low') ? { low_stock: true } : {}),
    $include: ['product', 'store'],
    $sort: { current_stock: 1, id: 1 },
    $limit: SIZE,
    $skip: (pageOf(query) - 1) * SIZE
  }
}

/** One page of levels. What others change is shown at once, and marked; a change may also bring rows in and take others out. */
export const useShelves = (query: URLSearchParams) => {
  const asked = toQuery(query)
  const { data, error, again } = useAsk(JSON.stringify(asked), () =>
    client.service('inventory').find({ query: asked as never })
  )
  const [changed, setChanged] = useState<ReadonlyMap<number, Item>>(new Map())
  const settle = useSettled(again, 500)
  const unmark = useSettled(() => setChanged(new Map()), MARKED)
  useEffect(() => {
    const stops = EVENTS.map((event) =>
      client.on('inventory', event, (item) => {
        setChanged((before) => new Map(before).set(item.id, item))
        settle()
        unmark()
      })
    )
    return () => stops.forEach((stop) => stop())
  }, [])
  const shelves = data?.data.map((item) => ({ ...item, ...changed.get(item.id) }) as unknown as Shelf)

  return { shelves, isChanged: (id: number) => changed.has(id), total: data?.total ?? 0, pages: Math.ceil((data?.total ?? 0) / SIZE), error }
} // prettier-ignore
