import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import fc from 'fast-check'
import { Feed } from '../../packages/rachis/src/feed/feed'
import type { Looks } from '../../packages/rachis/src/feed/looks'
import { TableLooks } from '../../packages/rachis/src/feed/table-looks'
import type { Transactions } from '../resilience/transactions'

/** Milliseconds between looks at the table that nobody asks for. */
export const POLL = 10
/** Processes that a property is about. */
export const FEEDS = [0, 1, 2]
/** Milliseconds ago of which a feed is asked whether it has read what was committed until then. */
const AGO = 30
const TRANSACTIONS = [0, 1, 2]

export type Step<Kind extends string> = readonly [kind: Kind | Doing, which: number, row: number]
type Doing = 'write' | 'commit' | 'rollback' | 'touch' | 'wait'

/** Sequences of what transactions and processes do; `kinds` are what goes wrong with these. */
export const stepsWith = <Kind extends string>(...kinds: Kind[]): fc.Arbitrary<Step<Kind>[]> => {
  const doings: Doing[] = ['write', 'write', 'write', 'commit', 'commit', 'touch', 'rollback', 'wait']
  const step = fc.tuple(fc.constantFrom<Kind | Doing>(...doings, ...kinds), fc.nat(2), fc.nat(2))

  return fc.array(step, { minLength: 20, maxLength: 80, size: 'max' })
}

interface Committed {
  readonly at: number
  readonly xid: string
  readonly ids: readonly number[]
}

/** A feed of one process, and what it has told. */
export class WatchedFeed {
  readonly feed: Feed
  readonly ids: number[] = []
  readonly foreseen: number[] = []
  /** Transactions of writers that were told that all of it had been told. */
  readonly passed = new Set<string>()

  constructor(server: Transactions, looks: Looks) {
    this.feed = new Feed({ looks, behind: server, onError: (error) => assert.fail(error as Error) })
    const idsOf = (changes: readonly { id: number }[]) => changes.map(({ id }) => id)
    this.feed.consume({
      name: 'test',
      delivery: 'live',
      consume: (changes) => void this.ids.push(...idsOf(changes)),
      foresee: (changes) => void this.foreseen.push(...idsOf(changes))
    })
  }

  /** A writer of this process waits until a transaction was told. */
  await({ xid, ids }: Committed) {
    void this.feed.ownWrites.passed(xid).then(() => {
      for (const id of ids) assert.ok(this.ids.includes(id), `${id} was not told`)
      this.passed.add(xid)
    })
  }

  /** What it says that it has read, it has. */
  check(commits: readonly Committed[]) {
    if (!this.feed.hasReadWithin(AGO) || this.feed.unsettled.has('rows')) return
    const old = commits.filter(({ at }) => at < Date.now() - AGO).flatMap(({ ids }) => ids)
    for (const id of old) assert.ok(this.ids.includes(id), `${id} is told to be read`)
  }
}

interface Played<Kind extends string> {
  readonly server: Transactions
  readonly feeds: readonly WatchedFeed[]
  /** Has something go wrong with a process. */
  readonly disturb: (kind: Kind, which: number) => void | Promise<void>
  /** Nothing goes wrong any more. */
  readonly calm: () => void
}

/** Has each feed tell what one tells that reads the table, whatever happens on the way; rejects where one does not. */
export const play = async <Kind extends string>(steps: readonly Step<Kind>[], { server, feeds, disturb, calm }: Played<Kind>): Promise<void> => {
  const reference = new WatchedFeed(server, new TableLooks({ database: server, pollInterval: POLL }))
  const all = [reference, ...feeds]
  const commits: Committed[] = []
  const commit = (transaction: number) => {
    const at = Date.now()
    const ended = server.commit(transaction)
    if (ended) commits.push({ at, ...ended })
    if (ended) for (const one of all) one.await(commits.at(-1)!)
  }
  for (const { feed } of all) await feed.start()
  for (const [kind, which, row] of steps) {
    if (kind === 'wait') await pause(15 * row)
    else if (kind === 'commit') commit(which)
    else if (kind === 'write') server.write(which, row)
    else if (kind === 'rollback') server.rollback(which)
    else if (kind === 'touch') server.touch(which)
    else await disturb(kind as Kind, which)
    for (const one of all) one.check(commits)
  }
  for (const transaction of TRANSACTIONS) commit(transaction)
  calm()
  const isDone = ({ ids, passed }: WatchedFeed) => ids.length >= server.committed.length && passed.size === commits.length // prettier-ignore
  for (const deadline = Date.now() + 10_000; !all.every(isDone) && Date.now() < deadline;) await pause(5)
  // What comes too often comes now.
  await pause(100)
  await Promise.all(all.map(({ feed }) => feed.stop()))
  assert.deepEqual(reference.ids, server.committed.map(({ id }) => id)) // prettier-ignore
  for (const { ids, passed, foreseen } of feeds) {
    assert.deepEqual(ids, reference.ids)
    assert.equal(passed.size, commits.length)
    assert.deepEqual(foreseen.filter((id) => !ids.includes(id)), []) // prettier-ignore
    assert.equal(new Set(foreseen).size, foreseen.length, 'foreseen once')
  }
} // prettier-ignore
