import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { Client } from 'pg'
import { queryOn } from '../../packages/rachis/src/database/query'
import { SessionClient } from '../../packages/rachis/src/database/session-client'
import { wireTypes } from '../../packages/rachis/src/database/types'
import type { Change } from '../../packages/rachis/src/feed/change'
import type { Consumer } from '../../packages/rachis/src/feed/consumer'
import { OwnConnections } from '../../packages/rachis/src/feed/connections'
import { Feed } from '../../packages/rachis/src/feed/feed'
import { TableLooks } from '../../packages/rachis/src/feed/table-looks'
import { StoredPositions } from '../../packages/rachis/src/feed/stored-positions'
import { createDatabase, dropDatabase } from '../helpers/database'
import { byDepth } from '../helpers/depth'

type Kind = 'write' | 'commit' | 'rollback' | 'stop' | 'crash'
type Step = readonly [kind: Kind, transaction: number]
const step: fc.Arbitrary<Step> = fc.tuple(
  fc.constantFrom<Kind>('write', 'write', 'write', 'commit', 'commit', 'rollback', 'stop', 'crash'),
  fc.nat(2)
)
/** Which of the next changes a consumer fails at; none once they are used up. */
const failures = fc.array(fc.boolean(), { maxLength: 8 })

/** Seconds. */
const LEASE = 0.4

/** A consumer that fails in the middle of its batches, and the ids in the order in which it had them. */
const consumerOf = (delivery: Consumer['delivery'], ids: number[], fails: boolean[]): Consumer => ({
  name: delivery,
  delivery,
  async consume(changes: readonly Change[]) {
    for (const { id } of changes) {
      await new Promise(setImmediate)
      if (fails.shift()) throw new Error('As it happens')
      ids.push(id)
    }
  }
})
const firstsOf = (ids: readonly number[]) => [...new Set(ids)]

describe('consumers of the feed', function () {
  this.timeout(180_000)
  let url: string
  let clients: Client[]
  before(async () => {
    url = await createDatabase()
    clients = await Promise.all([0, 1, 2].map(() => connected()))
    await clients[0]!.query(`insert into categories (name, slug) values ('a', 'a'), ('b', 'b'), ('c', 'c')`)
  })
  after(async () => {
    await Promise.all((clients ?? []).map((client) => client.end()))
    if (url) await dropDatabase(url)
  })

  const connected = async () => {
    const client = new Client({ connectionString: url })
    await client.connect()

    return client
  }
  const connectionsOf = () => {
    const session = { isPooled: false, prepares: true, begin: 'select 1', limits: { alone: 0, within: 0 } }
    const client = async () => new SessionClient({ connectionString: url, types: wireTypes, session })
    return new OwnConnections({ client, query: queryOn, size: 2, timeout: 10_000 })
  }
  /** What reads the feed in one process. */
  const process = async (consumers: readonly Consumer[]) => {
    const database = connectionsOf()
    const positions = new StoredPositions({ database, holder: randomUUID(), lease: LEASE })
    const looks = new TableLooks({ database, pollInterval: 20 })
    const feed = new Feed({ looks, behind: database, positions, onError: () => undefined })
    for (const consumer of consumers) feed.consume(consumer)
    await feed.start()

    return {
      async stop() {
        await feed.stop()
        await database.close()
      },
      /** Ends without storing anything: its connections are gone. */
      async crash() {
        await database.close()
        await feed.stop().catch(() => undefined)
      }
    }
  }
  const lastId = async (): Promise<number> =>
    (await clients[0]!.query('select coalesce(max(id), 0)::int as id from changes')).rows[0].id

  /** Transactions that are open at once, each with a row of its own. */
  const transactions = () => {
    const open = new Set<number>()
    const run = (transaction: number, text: string) => clients[transaction]!.query(text)

    return {
      async write(transaction: number) {
        if (!open.has(transaction)) await run(transaction, 'begin')
        open.add(transaction)
        await run(
          transaction,
          `update categories set sort_order = sort_order + 1 where id = ${transaction + 1}`
        )
      },
      async end(transaction: number, how: 'commit' | 'rollback') {
        if (open.delete(transaction)) await run(transaction, how)
      },
      endAll: async () => {
        for (const transaction of open) await run(transaction, 'commit')
      }
    }
  }

  const play = async (steps: readonly Step[], fails: readonly boolean[][]) => {
    const [durableIds, liveIds]: [number[], number[]] = [[], []]
    const durable = consumerOf('durable', durableIds, [...fails[0]!])
    await clients[0]!.query('delete from feed_consumers')
    const since = await lastId()
    const steady = await process([consumerOf('live', liveIds, [...fails[1]!])])
    let other = await process([durable])
    const { write, end, endAll } = transactions()
    for (const [kind, transaction] of steps) {
      if (kind === 'write') await write(transaction)
      else if (kind === 'commit' || kind === 'rollback') await end(transaction, kind)
      else {
        await other[kind]()
        other = await process([durable])
      }
    }
    await endAll()
    const last = await lastId()
    const isDone = (ids: readonly number[]) => last === since || ids.includes(last)
    for (const deadline = Date.now() + 20_000; Date.now() < deadline && !(isDone(durableIds) && isDone(liveIds));)
      await new Promise(setImmediate)
    await Promise.all([steady.stop(), other.stop()])
    const { rows } = await clients[0]!.query('select id::int from changes where id > $1 order by id', [since])
    const committed = rows.map(({ id }) => id as number)
    assert.deepEqual(firstsOf(liveIds), committed)
    assert.deepEqual(firstsOf(durableIds), committed)
  } // prettier-ignore

  it('get every committed change in order, whatever fails, stops or is cut off, and whoever runs them', () =>
    fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), fc.tuple(failures, failures), play),
      { seed: 20_261_128, numRuns: byDepth(8, 15, 30), interruptAfterTimeLimit: 90_000, markInterruptAsFailure: false }
    )) // prettier-ignore
})
