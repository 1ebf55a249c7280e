import type { QueryClient } from '@tanstack/react-query'
import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useSyncExternalStore } from 'react'
import type { Id, Row } from './client'
import { client, on } from './client'
import type { DescribedResource } from './description'

/** Milliseconds that a changed record is marked. */
const MARKED = 6000
/** Milliseconds between two times that lists are asked for anew because records have changed. */
const PAUSE = 1000
const EVENTS = ['created', 'updated', 'patched', 'removed'] as const
type Event = (typeof EVENTS)[number]

const keyOf = (resource: string, id: Id) => `${resource}/${id}`

/** The records that changed a moment ago, by somebody's hand. */
class Marks {
  private readonly marked = new Map<string, ReturnType<typeof setTimeout>>()
  private readonly listeners = new Set<() => void>()

  set(key: string) {
    clearTimeout(this.marked.get(key))
    this.marked.set(
      key,
      setTimeout(() => {
        this.marked.delete(key)
        this.tell()
      }, MARKED)
    )
    this.tell()
  }

  has = (key: string) => this.marked.has(key)
  subscribe = (listener: () => void) => {
    this.listeners.add(listener)
    return () => void this.listeners.delete(listener)
  }

  private tell() {
    for (const listener of this.listeners) listener()
  }
}
const marks = new Marks()

/** Whether a record changed a moment ago, while this page was looking. */
export const useIsMarked = (resource: string, id: Id): boolean =>
  useSyncExternalStore(marks.subscribe, () => marks.has(keyOf(resource, id)))

interface Listed {
  readonly data?: readonly Row[]
}
/** Shows the record as it is now in every list that has it; which lists it belongs to, and where, only the server knows. */
const patchLists = (cache: QueryClient, resource: string, record: Row) => {
  const patched = (list: Listed | undefined) =>
    list?.data?.some(({ id }) => id === record.id)
      ? { ...list, data: list.data.map((row) => (row.id === record.id ? { ...row, ...record } : row)) }
      : list
  cache.setQueriesData<Listed>({ queryKey: [resource, 'getList'] }, patched as never)
  cache.setQueriesData<Listed>({ queryKey: [resource, 'getManyReference'] }, patched as never)
}

/** So does the page of a record that is opened next: react-admin shows on it what a list has had. A page that is open asks by itself. */
const patchRecord = (cache: QueryClient, resource: string, record: Row) =>
  cache.setQueriesData<Row>({ queryKey: [resource, 'getOne'], type: 'inactive' }, (row) =>
    row?.id === record.id ? { ...row, ...record } : row
  )

const timers = new Map<string, ReturnType<typeof setTimeout>>()
const refetchSoon = (cache: QueryClient, resource: string) => {
  if (timers.has(resource)) return
  const refetch = () => {
    timers.delete(resource)
    for (const method of ['getList', 'getManyReference', 'getMany'])
      void cache.invalidateQueries({ queryKey: [resource, method] })
  }
  timers.set(resource, setTimeout(refetch, PAUSE))
}

const receive = (cache: QueryClient, resource: string, event: Event, record: Row) => {
  marks.set(keyOf(resource, record.id))
  if (event !== 'created' && event !== 'removed') {
    patchLists(cache, resource, record)
    patchRecord(cache, resource, record)
  }
  refetchSoon(cache, resource)
}

/** Keeps the lists of a resource as they are on the server for as long as the component is there. */
export const useLiveLists = ({ name, path, live }: DescribedResource): void => {
  const cache = useQueryClient()
  useEffect(() => {
    if (!live) return undefined
    const stops = EVENTS.map((event) => on(path, event, (record) => receive(cache, name, event, record)))

    return () => stops.forEach((stop) => stop())
  }, [cache, name, path, live])
}

/** Calls back when this record changes, or goes out of sight. */
export const useLiveRecord = (
  { path, live }: DescribedResource,
  id: Id | undefined,
  onChange: (event: Event, record: Row) => void
): void =>
  useEffect(() => {
    if (!live || id === undefined) return undefined
    const listen = (event: Event) =>
      on(path, event, (record) => {
        if (String(record.id) === String(id)) onChange(event, record)
      })
    const stops = EVENTS.map(listen)

    return () => stops.forEach((stop) => stop())
  }, [path, live, id, onChange])

/** `live` where events arrive, any other state where the connection is lost or is not needed. */
export const useConnection = (): string => useSyncExternalStore(client.onState, () => client.state)
