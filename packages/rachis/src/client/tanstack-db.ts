import type { CollectionConfig, LoadSubsetOptions } from '@tanstack/db'
import type { Client } from './client'
import { toAsked } from './live/asked'
import type { Live } from './live/store'
import { plain } from './tanstack/reading'
import type { ItemNaming } from './tanstack/reading'
import { Rows } from './tanstack/rows'
import type { Key, Sync, Wire } from './tanstack/rows'
import { Subsets } from './tanstack/subsets'
import type { Wanted } from './tanstack/wanted'
import type { LiveQuery, RowOf, ServicesOf } from './types'
import type { Written } from './writing'

/**
 * - `eager` (default): all that `query` asks for
 * - `on-demand`: what the queries of the collection ask for, for as long as they are used
 * - `progressive`: what queries ask for at once, and all of it as soon as it is there
 */
export type SyncMode = 'eager' | 'on-demand' | 'progressive'

export interface CollectionOptions<D, P extends keyof ServicesOf<D> & string, Item extends object> {
  readonly client: Client<D>
  /** The path of the service. */
  readonly service: P
  /** What is in the collection, or may be. Default: all that may be read. What is kept as a whole has at most 10,000 records. */
  readonly query?: LiveQuery<RowOf<ServicesOf<D>[P]>>
  readonly syncMode?: SyncMode
  readonly id?: string
  /** By what the collection knows an item. Default: its id. */
  readonly getKey?: (item: Item) => Key
  /** An item of a record, such as with dates for times; and what a creation or a change sends. Default: as they are. */
  readonly read?: (row: RowOf<ServicesOf<D>[P]>) => Item
  readonly write?: (item: Partial<Item>) => object
  /** Fields of an item that have another name than in the record, such as `{ createdAt: 'created_at' }`: subsets are asked for by these. */
  readonly columns?: { readonly [F in keyof Item]?: string }
}

interface Mutation<Item> {
  readonly key: Key
  readonly modified: Item
  readonly changes: Partial<Item>
}
interface Mutations<Item> {
  readonly transaction: { readonly mutations: readonly Mutation<Item>[] }
}

interface ServiceCall {
  readonly method: string
  readonly id?: Key
  readonly data?: object
}

/** Calls the service for what is written into the collection, and resolves once the collection has what the calls have changed. */
class Calls<Item extends object> {
  constructor(
    private readonly call: (call: ServiceCall) => Promise<Written>,
    private readonly rows: Rows<Item>,
    private readonly write: (item: Partial<Item>) => object = (item) => item
  ) {}

  insert = (params: Mutations<Item>) =>
    this.each(params, ({ modified }) => {
      // The server makes ids.
      const { id: _id, ...data } = this.write(modified) as { id?: Key }
      return { method: 'create', data }
    })

  update = (params: Mutations<Item>) =>
    this.each(params, ({ key, changes }) => ({
      method: 'patch',
      id: this.rows.idOf(key),
      data: this.write(changes)
    }))

  remove = (params: Mutations<Item>) =>
    this.each(params, ({ key }) => ({ method: 'remove', id: this.rows.idOf(key) }))

  private async each(
    { transaction }: Mutations<Item>,
    toCall: (mutation: Mutation<Item>) => ServiceCall
  ): Promise<void> {
    const written = await Promise.all(transaction.mutations.map((mutation) => this.call(toCall(mutation))))
    await Promise.all(written.map(({ applied }) => applied))
  }
}

/**
 * A collection of TanStack DB that a live list keeps up to date. Whole transactions are written only, and a list that is found anew is never
 * empty in between. Writes go through the service; their optimistic state stays until the collection has what they have changed.
 *
 * @example
 * const tasks = createCollection(rachisCollectionOptions({ client, service: 'tasks', query: { status: 'pending' } }))
 */
export const rachisCollectionOptions = <
  D,
  P extends keyof ServicesOf<D> & string,
  Item extends object = RowOf<ServicesOf<D>[P]> & object
>(
  options: CollectionOptions<D, P, Item>
) => {
  const { client, service, query, id, syncMode = 'eager' } = options
  const read = (options.read ?? ((row) => row)) as (row: Wire) => Item
  const getKey = options.getKey ?? ((item: Item) => (item as { id: Key }).id)
  const rows = new Rows<Item>(read, getKey)
  const calls = new Calls<Item>((call) => client.call({ path: service, ...call }), rows, options.write)
  const open = (wanted: Wanted) => client.live(service, toQuery(wanted) as typeof query) as Live<unknown>
  const parts = { open, rows, naming: namingOf(options) }

  return {
    ...(id === undefined ? {} : { id }),
    getKey,
    // What collections of TanStack DB call progressive is asked for by subsets as well.
    syncMode: syncMode === 'eager' ? ('eager' as const) : ('on-demand' as const),
    sync: {
      sync: (sync: Sync<Item>) => follow(query ?? {}, syncMode, sync, parts),
      rowUpdateMode: 'full' as const
    },
    onInsert: (params: Mutations<Item>) => calls.insert(params),
    onUpdate: (params: Mutations<Item>) => calls.update(params),
    onDelete: (params: Mutations<Item>) => calls.remove(params)
  } satisfies CollectionConfig<Item, Key>
}

const toQuery = ({ filter, sort, limit }: Wanted): object => ({
  ...filter,
  ...(Object.keys(sort).length > 0 ? { $sort: sort } : {}),
  ...(limit === undefined ? {} : { $limit: limit })
})

const namingOf = <Item extends object>({
  columns = {},
  write
}: Pick<CollectionOptions<never, never, Item>, 'columns' | 'write'>): ItemNaming => {
  const columnOf = (field: string) =>
    (columns as Readonly<Record<string, string | undefined>>)[field] ?? field
  const valueOf = (field: string, value: unknown) => {
    const written = write?.({ [field]: value } as Partial<Item>) as Wire | undefined
    return plain(written?.[columnOf(field)] ?? value)
  }

  return { columnOf, valueOf }
}

interface Parts<Item extends object> {
  readonly open: (wanted: Wanted) => Live<unknown>
  readonly rows: Rows<Item>
  readonly naming: ItemNaming
}

/** Writes what lists show into the collection. */
const follow = <Item extends object>(query: object, mode: SyncMode, sync: Sync<Item>, parts: Parts<Item>) => {
  const whole = toAsked('', query)
  const subsets = new Subsets<Item>({ ...parts, base: whole.filter as Wire, sync })
  const tell = (error?: Error) => (error ? sync.markError(error) : sync.markReady())
  if (mode === 'on-demand') sync.markReady()
  else subsets.keep(whole as Wanted, tell)

  return {
    cleanup() {
      subsets.close()
      parts.rows.forget()
    },
    loadSubset: (options: LoadSubsetOptions) => subsets.load(options),
    unloadSubset: (options: LoadSubsetOptions) => subsets.unload(options)
  }
}
