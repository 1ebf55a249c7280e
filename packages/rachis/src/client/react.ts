import { useMemo, useSyncExternalStore } from 'react'
import type { Client } from './client'
import type { Live, Snapshot } from './live/store'
import type { LiveQuery, RowOf, ServicesOf } from './types'

const LOADING: Snapshot<never> = { data: [], status: 'loading' }

/** A list that is opened with its first listener and closed with its last: rendering alone opens nothing. */
const lazily = <R>(open: () => Live<R>) => {
  let live: Live<R> | undefined
  let count = 0

  return {
    subscribe: (listener: () => void) => {
      live ??= open()
      count++
      const stop = live.subscribe(listener)
      return () => {
        stop()
        if (--count > 0) return
        live?.close()
        live = undefined
      }
    },
    snapshot: (): Snapshot<R> => live?.snapshot() ?? LOADING
  }
}

/**
 * A live list as React shows it: the component is drawn again when the list shows something else. The query may be written in place: it is
 * compared by its content.
 *
 * @example
 * const { data, status } = useLive(client, 'tasks', { status: 'pending', $sort: { id: -1 } })
 */
export const useLive = <D, P extends keyof ServicesOf<D> & string>(
  client: Client<D>,
  path: P,
  query?: LiveQuery<RowOf<ServicesOf<D>[P]>>
): Snapshot<RowOf<ServicesOf<D>[P]>> => {
  const content = JSON.stringify(query)
  // Not the query itself, which is another object each time.
  const list = useMemo(() => lazily(() => client.live(path, query)), [client, path, content])

  return useSyncExternalStore(list.subscribe, list.snapshot, () => LOADING)
}
