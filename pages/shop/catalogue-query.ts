import { client } from '../shared/client'
import type { Product } from '../shared/client'
import { useAsk, useSettled } from '../shared/ask'
import type { Stored } from './picture'
import { useEffect, useState } from 'react'

const SIZE = 24
export const SORTS: Readonly<Record<string, { readonly name: string; readonly sort: Readonly<Record<string, 1 | -1>> }>> = {
  new: { name: 'Newest', sort: { created_at: -1, id: -1 } },
  cheap: { name: 'Price, low to high', sort: { price: 1, id: 1 } },
  dear: { name: 'Price, high to low', sort: { price: -1, id: 1 } },
  name: { name: 'Name', sort: { name: 1, id: 1 } }
} // prettier-ignore

export type Shown = Product & { readonly pictures?: readonly Stored[] }

const range = (query: URLSearchParams) => {
  const bound = (name: string, operator: string) => {
    const text = query.get(name)
    return text && Number.isFinite(Number(text)) ? { [operator]: Number(text) } : {}
  }
  const found = { ...bound('min', '$gte'), ...bound('max', '$lte') }

  return Object.keys(found).length > 0 ? { price: found } : {}
}

/** What the address asks for, as a query of products. Staff see here what customers see. */
export const toQuery = (query: URLSearchParams, categories: readonly number[]): object => {
  const [search, brand] = [query.get('search'), query.get('brand')]
  const chosen = SORTS[query.get('sort') ?? '']
  // What a search finds comes in the order of how well it fits, unless another one is asked for.
  const sort = chosen?.sort ?? (search ? undefined : SORTS.new!.sort)

  return {
    is_active: true,
    ...(search ? { $search: search } : {}),
    ...(categories.length > 0 ? { category_id: { $in: categories } } : {}),
    ...(brand ? { brand } : {}),
    ...range(query),
    ...(query.get('stock') ? { stock_quantity: { $gt: 0 } } : {}),
    ...(query.get('featured') ? { featured: true } : {}),
    ...(sort ? { $sort: sort } : {}),
    $include: ['pictures'],
    $limit: SIZE,
    $skip: (pageOf(query) - 1) * SIZE
  }
}

export const pageOf = (query: URLSearchParams): number =>
  Math.max(1, Math.trunc(Number(query.get('page'))) || 1)

const EVENTS = ['created', 'updated', 'patched', 'removed'] as const

/** Shows changes at once, and asks anew once they have settled: they may bring products in and take others out. */
export const useProducts = (query: URLSearchParams, categories: readonly number[] | undefined) => {
  const asked = categories && toQuery(query, categories)
  const { data, error, again } = useAsk(asked && JSON.stringify(asked), () => client.service('products').find({ query: asked as never })) // prettier-ignore
  const [changed, setChanged] = useState<ReadonlyMap<number, Product>>(new Map())
  useEffect(() => setChanged(new Map()), [data])
  const settle = useSettled(again)
  useEffect(() => {
    const stops = EVENTS.map((event) =>
      client.on('products', event, (product) => {
        setChanged((before) => new Map(before).set(product.id, product))
        settle()
      })
    )
    return () => stops.forEach((stop) => stop())
  }, [])
  const shown = data?.data.map((product): Shown => ({ ...product, ...changed.get(product.id) }))

  return { shown, total: data?.total ?? 0, pages: Math.ceil((data?.total ?? 0) / SIZE), error }
}
