import { useNotify, useStore } from 'ra-core'
import { isRachisError } from 'rachis/client'
import { useLive } from 'rachis/react'
import { useEffect } from 'react'
import type { Id } from '../data/client'
import { client, service } from '../data/client'
import { operation, useDescribed } from '../data/description'
import type { DescribedResource } from '../data/description'

/** A list as somebody has kept it. */
export interface View {
  readonly name: string
  readonly filters: object
  readonly sort: { readonly field: string; readonly order: 'ASC' | 'DESC' }
  /** Null for those that are shown at first. */
  readonly columns?: readonly string[] | null
}
/** The views of one list, and what can be done with them. */
export interface KeptViews {
  readonly views: readonly View[]
  readonly keep: (view: View) => void
  readonly forget: (name: string) => void
}
interface Stored extends View {
  readonly id: Id
}

const PATH = 'saved-views'

/** In this browser alone: whoever is not signed in has no other place. */
const useInBrowser = ({ name }: DescribedResource) => useStore<readonly View[]>(`${name}.views`, [])

const create = (resource: string, view: View) => service(PATH).create({ resource, ...view })

/** Views that this browser kept before there was a place on the server: one of the same name that is there already stays as it is. */
const takeOver = async (resource: string, views: readonly View[]) => {
  for (const view of views)
    await create(resource, view).catch((error: unknown) => {
      if (!isRachisError(error, 'DUPLICATE')) throw error
    })
}

/** On the server, live: they follow their owner to every browser. */
const useOnServer = (resource: DescribedResource): KeptViews => {
  const notify = useNotify()
  const { data } = useLive(client, PATH as never, { resource: resource.name, $sort: { name: 1 } } as never)
  const stored = data as unknown as readonly Stored[]
  const [before, setBefore] = useInBrowser(resource)
  const told = (work: Promise<unknown>) =>
    void work.catch(({ message }: Error) => notify(message, { type: 'error' }))
  useEffect(() => {
    if (before.length > 0) told(takeOver(resource.name, before).then(() => setBefore([])))
  }, [before])
  const find = (name: string) => stored.find((one) => one.name === name)

  return {
    views: stored,
    keep: (view) => {
      const found = find(view.name)
      told(found ? service(PATH).patch(found.id, view) : create(resource.name, view))
    },
    forget: (name) => {
      const found = find(name)
      if (found) told(service(PATH).remove(found.id))
    }
  }
}

const useKeptInBrowser = (resource: DescribedResource): KeptViews => {
  const [views, setViews] = useInBrowser(resource)
  const without = (name: string) => views.filter((one) => one.name !== name)

  return {
    views,
    keep: (view) => setViews([...without(view.name), view]),
    forget: (name) => setViews(without(name))
  }
}

/** How views are kept for whoever sits here: the answer stays as long as the page is theirs. */
export const useViewsHook = (): ((resource: DescribedResource) => KeptViews) => {
  const described = useDescribed('saved_views')
  return described && operation(described, 'create') ? useOnServer : useKeptInBrowser
}
