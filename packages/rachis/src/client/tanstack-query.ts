import type { QueryClient, QueryFunctionContext, QueryKey } from '@tanstack/query-core'
import type { Client } from './client'
import type { Live } from './live/store'
import type { LiveQuery, RowOf, ServicesOf } from './types'

/** The lists that are open, by the hash of their query. */
type Open = Map<string, Live<unknown>>
const byClient = new WeakMap<QueryClient, Open>()

/** Lists are closed when their queries leave the cache. */
const openOf = (queryClient: QueryClient): Open => {
  const known = byClient.get(queryClient)
  if (known) return known
  const open: Open = new Map()
  byClient.set(queryClient, open)
  queryClient.getQueryCache().subscribe(({ type, query }) => {
    if (type !== 'removed') return
    open.get(query.queryHash)?.close()
    open.delete(query.queryHash)
  })

  return open
}

/** Writes what the list shows into the cache, as long as it is open. */
const follow = (live: Live<unknown>, queryClient: QueryClient, queryKey: QueryKey, forget: () => void) =>
  live.subscribe(() => {
    const { data, status } = live.snapshot()
    if (status === 'live') queryClient.setQueryData(queryKey, data)
    if (status !== 'error') return
    // Asked for anew, the query fails with the error.
    forget()
    void queryClient.invalidateQueries({ queryKey })
  })

/**
 * A live list as a query of TanStack Query: the list is found once, and events keep it up to date for as long as it is in the cache.
 *
 * @example
 * const { data } = useQuery(liveQueryOptions(client, 'tasks', { status: 'pending' }))
 */
export const liveQueryOptions = <D, P extends keyof ServicesOf<D> & string>(
  client: Client<D>,
  path: P,
  query?: LiveQuery<RowOf<ServicesOf<D>[P]>>
) => {
  type Row = RowOf<ServicesOf<D>[P]>
  const queryFn = async ({
    client: queryClient,
    queryKey
  }: QueryFunctionContext): Promise<readonly Row[]> => {
    const open = openOf(queryClient)
    const hash = queryClient.getQueryCache().find({ queryKey, exact: true })!.queryHash
    const live = (open.get(hash) as Live<Row> | undefined) ?? client.live(path, query)
    const forget = () => {
      live.close()
      open.delete(hash)
    }
    const isNew = !open.has(hash)
    open.set(hash, live)
    try {
      const { data } = await live.ready()
      if (isNew) follow(live, queryClient, queryKey, forget)
      return data
    } catch (error) {
      forget()
      throw error
    }
  }

  return {
    queryKey: ['rachis', path, query ?? {}] as const,
    queryFn,
    // It does not get old: events keep it up to date.
    staleTime: Infinity,
    // Which records have changed is known; they are the same objects else.
    structuralSharing: false as const
  }
}
