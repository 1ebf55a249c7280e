import { BTreeIndex, createCollection, createLiveQueryCollection } from '@tanstack/db'
import { createClient } from '../../packages/rachis/src/client'
import type { Client } from '../../packages/rachis/src/client'
import { rachisCollectionOptions } from '../../packages/rachis/src/client/tanstack-db'
import type { SyncMode } from '../../packages/rachis/src/client/tanstack-db'
import type { World } from '../helpers/world'
import { startWorld } from '../helpers/world'
import type { articles, letters, readers } from '../services/magazine'
import { MAGAZINE } from '../services/magazine'
import { Gateway } from './gateway'

type Magazine = { readers: typeof readers; articles: typeof articles; letters: typeof letters }
/** An item: a record with names and dates as pages like them. */
export interface Reader {
  id: string
  name: string
  email: string | null
  age: number
  isActive: boolean
  joinedAt: Date
  removedAt: Date | null
}
const NAMES = ['Alice', 'bob', 'Charlie', 'DIANA', 'Eve']
const AGES = [41, 18, 33, 18, 77, 25]
const DAY = 86_400_000
const BEGIN = Date.UTC(2026, 0, 1)
/** The day of the reader of this number. */
export const at = (n: number) => new Date(BEGIN + n * DAY)
const COUNT = 30

/** Thirty readers, and collections of them. */
export class CollectionsStage {
  /** What was asked of the server since the test began, in order, and how many lists are open. */
  asked: object[] = []
  open = 0
  readonly all: Reader[] = []
  readonly ended: (() => Promise<void>)[] = []
  world!: World
  gateway!: Gateway
  client!: Client<Magazine>

  async start() {
    this.world = await startWorld({ resources: MAGAZINE })
    this.gateway = await Gateway.open(this.world.url)
    for (let n = 0; n < COUNT; n++) await this.insert(n)
  }

  begin() {
    this.asked = []
    this.client = this.counted(createClient<Magazine>(this.gateway.url))
  }

  async end() {
    for (const end of this.ended.splice(0)) await end()
    this.client.close()
  }

  async stop() {
    this.gateway?.close()
    await this.world?.close()
  }

  get ids(): string[] {
    return this.all.map(({ id }) => id)
  }

  async insert(n: number, changes: Partial<Reader> = {}): Promise<string> {
    const values = {
      name: `${NAMES[n % 5]} ${n}`,
      email: n % 3 === 0 ? null : `r${n}@example.com`,
      age: AGES[n % 6]!,
      isActive: n % 4 !== 0,
      joinedAt: at(n),
      removedAt: n % 3 === 1 ? null : at(50 - n),
      ...changes
    }
    const text = `insert into readers (name, email, age, is_active, joined_at, removed_at) values ($1, $2, $3, $4, $5, $6) returning id`
    const [{ id }] = (await this.world.sql(text, Object.values(values))) as [{ id: string }]
    if (n < COUNT) this.all.push({ id, ...values })

    return id
  }

  collection(syncMode: SyncMode = 'on-demand') {
    const { client } = this
    const collection = createCollection({
      ...rachisCollectionOptions<Magazine, 'readers', Reader>({
        client,
        service: 'readers',
        syncMode,
        columns: { isActive: 'is_active', joinedAt: 'joined_at', removedAt: 'removed_at' },
        read: ({ is_active, joined_at, removed_at, ...row }) => ({
          ...row,
          isActive: is_active,
          joinedAt: new Date(joined_at),
          removedAt: removed_at ? new Date(removed_at) : null
        }),
        write: ({ isActive, joinedAt, removedAt, ...item }) => ({
          ...item,
          ...(isActive === undefined ? {} : { is_active: isActive }),
          ...(joinedAt ? { joined_at: joinedAt.toISOString() } : {}),
          ...(removedAt === undefined ? {} : { removed_at: removedAt })
        })
      }),
      autoIndex: 'eager',
      defaultIndexType: BTreeIndex
    })
    this.ended.push(() => collection.cleanup())

    return collection
  }

  /** All records of another service, on demand. */
  plain<P extends 'articles' | 'letters'>(service: P) {
    const collection = createCollection({
      ...rachisCollectionOptions<Magazine, P>({ client: this.client, service, syncMode: 'on-demand' }),
      autoIndex: 'eager',
      defaultIndexType: BTreeIndex
    })
    this.ended.push(() => collection.cleanup())

    return collection
  }

  async query(build: (q: any) => unknown) {
    const made = createLiveQueryCollection(build as never) as unknown as Readers & {
      utils: { setWindow(window: { offset: number; limit: number }): true | Promise<void> }
    }
    this.ended.unshift(() => made.cleanup())
    await made.preload()

    return made
  }

  where(collection: Readers, condition: (reader: any) => unknown) {
    return this.query((q) => q.from({ reader: collection }).where(({ reader }: any) => condition(reader)))
  }

  /** The client, which counts what is asked through it. */
  private counted(real: Client<Magazine>): Client<Magazine> {
    const live: typeof real.live = (path, query) => {
      this.asked.push(query ?? {})
      this.open++
      const list = real.live(path, query)
      const close = () => {
        this.open--
        list.close()
      }
      return Object.assign(Object.create(list) as typeof list, { close })
    }
    return Object.assign(Object.create(real) as typeof real, { live })
  }
}
export type Readers = ReturnType<CollectionsStage['collection']>

export const names = (collection: { readonly toArray: readonly unknown[] }): string[] =>
  collection.toArray.map((item) => (item as Reader).name)
