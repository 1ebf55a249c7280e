import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import Redis from 'ioredis'
import { RedisLookLine } from '../../packages/rachis/src/database/redis-look-line'
import type { Look } from '../../packages/rachis/src/feed/looks'
import { Chain } from '../../packages/rachis/src/feed/relay/chain'
import { encodeEntry } from '../../packages/rachis/src/feed/relay/entry'
import { RelayedLooks } from '../../packages/rachis/src/feed/relay/relayed-looks'
import { TableLooks } from '../../packages/rachis/src/feed/table-looks'
import { LineAway, NOTHING } from '../../packages/rachis/src/util/look-line'
import { byDepth } from '../helpers/depth'
import { URL_OF_REDIS } from '../helpers/redis-line'
import { Transactions } from '../resilience/transactions'
import type { Step } from './watched-feed'
import { FEEDS, play, POLL, stepsWith, WatchedFeed } from './watched-feed'

/** Milliseconds. */
const PATIENCE = 400

type Trouble = 'away' | 'back' | 'flush' | 'trim' | 'strange' | 'rob' | 'depose'

/** A line that one process may have lost while the others have it. */
class LostLine extends RedisLookLine {
  private isLost = false

  override async top(history: string) {
    return this.held(await super.top(history))
  }
  override async read(history: string, after: string) {
    return this.held(await super.read(history, after))
  }
  override async append(history: string, entry: Parameters<RedisLookLine['append']>[1]) {
    return this.held(await super.append(history, entry))
  }
  override async stay(history: string) {
    return this.held(await super.stay(history))
  }

  lose(isLost: boolean) {
    this.isLost = isLost
  }

  /** It has arrived, and nobody knows. */
  private held<T>(answer: T): T {
    if (this.isLost) throw new LineAway('As it happens')
    return answer
  }
}
const describeWithRedis = URL_OF_REDIS ? describe : describe.skip

describeWithRedis('looks that one process tells over Redis', function () {
  this.timeout(180_000)
  let redis: Redis
  before(() => {
    redis = new Redis(URL_OF_REDIS!)
  })
  after(() => redis?.disconnect())

  const processOn = (server: Transactions) => {
    const line = new LostLine(URL_OF_REDIS!)
    const own = new TableLooks({ database: server, pollInterval: POLL })
    const looks = new RelayedLooks({ own, line, patience: PATIENCE, onMove: () => undefined })

    return { watched: new WatchedFeed(server, looks), line }
  }
  /** What may happen to the keys of a history, whoever leads. */
  const disturbing = (history: string) => {
    const key = (kind: string) => `rachis:feed:1:{${history}}:${kind}`
    const strange = async () => {
      const [last] = await redis.xrevrange(key('looks'), '+', '-', 'COUNT', 1)
      const [place, number] = (last?.[0] ?? '0-0').split('-')
      // Refused where somebody else was faster.
      await redis.xadd(key('looks'), `${place}-${Number(number) + 1}`, 'look', '{').catch(() => undefined)
    }
    return {
      flush: () => redis.del(key('looks'), key('relay'), key('wakes')),
      trim: () => redis.xtrim(key('looks'), 'MAXLEN', 0),
      strange,
      rob: () => redis.del(key('relay')),
      depose: () => redis.set(key('relay'), 'another', 'PX', 100)
    }
  }

  const playRelayed = async (steps: readonly Step<Trouble>[]) => {
    const history = randomUUID()
    const server = new Transactions(history)
    const all = FEEDS.map(() => processOn(server))
    const keys = disturbing(history)
    const disturb = async (trouble: Trouble, which: number) => {
      if (trouble === 'away' || trouble === 'back') all[which]!.line.lose(trouble === 'away')
      else await keys[trouble]()
    }
    const calm = () => all.forEach(({ line }) => line.lose(false))
    await play(steps, { server, feeds: all.map(({ watched }) => watched), disturb, calm })
    await Promise.all(all.map(({ line }) => line.close()))
    await keys.flush()

    return all.map(({ watched }) => watched.feed)
  }

  it('tell what the table tells, whatever is lost, trimmed, strange or led by two', () =>
    fc.assert(
      fc.asyncProperty(
        stepsWith<Trouble>('away', 'back', 'flush', 'trim', 'strange', 'rob', 'depose'),
        async (steps) => void (await playRelayed(steps))
      ),
      {
        seed: 20_261_129,
        numRuns: byDepth(8, 30, 100),
        interruptAfterTimeLimit: 120_000,
        markInterruptAsFailure: false
      }
    ))

  it('lack nothing of what waited for an open transaction while a process was away', async () => {
    const wait: Step<Trouble> = ['wait', 0, 2]
    const commit = (transaction: number): Step<Trouble>[] => [['write', transaction, transaction], ['commit', transaction, 0], wait] // prettier-ignore
    const away = (which: number): Step<Trouble>[] => [['away', which, 0], ...commit(1), wait, ['back', which, 0], wait, wait, ...commit(2)] // prettier-ignore
    await playRelayed([...commit(0), wait, ['write', 0, 0], ...commit(1), ...FEEDS.flatMap(away), ['commit', 0, 0], wait]) // prettier-ignore
  })

  it('say nothing of a transaction that was open when the table was read', () => {
    const start: Look = { epoch: 'one', last: 1, at: 0, snapshot: '10:10:', xmin: 10n, asked: [], committed: [], ready: [], cursor: 1, waiting: [], isAll: true, source: 'table' } // prettier-ignore
    const chain = new Chain({ id: NOTHING, look: start, toOwn: (at) => at })
    const entry = encodeEntry({ previous: NOTHING, cursor: 1, last: 1, at: 0, snapshot: '10:14:10,12', isAll: true, added: [] }) // prettier-ignore
    const look = chain.take([{ id: '1-1', text: entry }], () => ['9', '10', '11', '12', '13', '14'])
    assert.deepEqual(look?.asked, ['9', '11', '13'])
    assert.deepEqual(look?.committed, look?.asked)
    assert.equal(look?.xmin, 10n)
  })

  it('are read by one, and put on the line once', async () => {
    const wait: Step<Trouble> = ['wait', 0, 2]
    const feeds = await playRelayed(Array.from({ length: 20 }, (): Step<Trouble>[] => [['write', 0, 0], ['commit', 0, 0], wait]).flat()) // prettier-ignore
    assert.deepEqual(feeds.map(({ source }) => source).sort(), ['relay', 'stream', 'stream'])
    assert.ok(feeds.every(({ refills }) => refills <= 2))
  })
})
