import { useEffect, useMemo, useSyncExternalStore } from 'react'

/** Where one is: `#/orders/7?from=cart` is `['orders', '7']` with a query. */
export interface Route {
  readonly parts: readonly string[]
  readonly query: URLSearchParams
}

const read = () => location.hash.replace(/^#\/?/, '')
const subscribe = (listener: () => void) => {
  addEventListener('hashchange', listener)
  return () => removeEventListener('hashchange', listener)
}

export const useRoute = (): Route => {
  const text = useSyncExternalStore(subscribe, read)

  return useMemo(() => {
    const [path = '', query = ''] = text.split('?')
    return { parts: path.split('/').filter(Boolean), query: new URLSearchParams(query) }
  }, [text])
}

/** @example go('orders/7') */
export const go = (place: string): void => {
  location.hash = `/${place}`
}

/** The query with some of its parameters set; those without a value are left out. */
export const queryWith = (
  query: URLSearchParams,
  changes: Readonly<Record<string, string | undefined>>
): string => {
  const next = new URLSearchParams(query)
  for (const [name, value] of Object.entries(changes)) {
    if (value) next.set(name, value)
    else next.delete(name)
  }

  return next.size > 0 ? `?${next}` : ''
}

/** Names the tab, and begins another page at its top, where readers of the screen go on as well. */
export const usePage = (title: string, place: string): void => {
  useEffect(() => {
    document.title = title
  }, [title])
  useEffect(() => {
    scrollTo(0, 0)
    document.getElementById('main')?.focus({ preventScroll: true })
  }, [place])
}
