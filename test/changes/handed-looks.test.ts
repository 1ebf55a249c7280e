import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import fc from 'fast-check'
import { Feed } from '../../packages/rachis/src/feed/feed'
import type { FromReader, ToReader } from '../../packages/rachis/src/feed/handed'
import { HandedLooks } from '../../packages/rachis/src/feed/handed-looks'
import { Handout } from '../../packages/rachis/src/feed/handout'
import { TableLooks } from '../../packages/rachis/src/feed/table-looks'
import { DEPTH } from '../helpers/depth'
import { Transactions } from '../resilience/transactions'

/** Milliseconds: so short that processes often go over to reading for themselves. */
const [POLL, PATIENCE] = [10, 40]
const FEEDS = [0, 1, 2]

type Step = readonly [
  kind: 'write' | 'commit' | 'rollback' | 'silence' | 'speak' | 'wait',
  which: number,
  row: number
]
const step: fc.Arbitrary<Step> = fc.tuple(
  fc.constantFrom('write', 'write', 'write', 'commit', 'commit', 'rollback', 'silence', 'speak', 'wait'),
  fc.nat(2),
  fc.nat(2)
)

/** A line between two processes, which can hang: what is sent meanwhile arrives later. */
class Line {
  private readonly held: (() => void)[] = []
  private isSilent = false

  pass(deliver: () => void) {
    if (this.isSilent) this.held.push(deliver)
    else setImmediate(deliver)
  }

  silence() {
    this.isSilent = true
  }

  speak() {
    this.isSilent = false
    for (const deliver of this.held.splice(0)) setImmediate(deliver)
  }
}

describe('looks that are handed to several processes', function () {
  this.timeout(120_000)
  const fail = (error: unknown) => assert.fail(error as Error)

  const feedOn = (server: Transactions, handout: Handout) => {
    const line = new Line()
    let receive: (answer: FromReader) => void = () => undefined
    const asker = { send: (answer: FromReader) => line.pass(() => receive(structuredClone(answer))) }
    const channel = {
      send: (message: ToReader) => line.pass(() => handout.receive(asker, structuredClone(message))),
      listen: (listener: typeof receive) => void (receive = listener)
    }
    const moves: boolean[] = []
    const own = new TableLooks({ database: server, pollInterval: POLL })
    const onMove = (isHanded: boolean) => void moves.push(isHanded)
    const looks = new HandedLooks({ channel, own, patience: PATIENCE, onMove })
    const feed = new Feed({ looks, behind: server, onError: fail })
    const ids: number[] = []
    const consume = (changes: readonly { id: number }[]) => void ids.push(...changes.map(({ id }) => id))
    feed.consume({ name: 'test', delivery: 'live', consume })

    return { feed, line, ids, moves }
  }

  const play = async (steps: readonly Step[]) => {
    const server = new Transactions()
    const table = new TableLooks({ database: server, pollInterval: POLL })
    const handout = new Handout({ looks: table, keeps: { changes: 2, size: Infinity }, onError: fail })
    const all = FEEDS.map(() => feedOn(server, handout))
    for (const { feed } of all) await feed.start()
    for (const [kind, which, row] of steps) {
      if (kind === 'wait') await pause(15 * row)
      else if (kind === 'silence' || kind === 'speak') all[which]!.line[kind]()
      else server[kind](which, row)
    }
    for (const transaction of [0, 1, 2]) server.commit(transaction)
    const committed = server.committed.map(({ id }) => id)
    const isDone = () => all.every(({ ids }) => ids.length >= committed.length)
    for (const deadline = Date.now() + 10_000; !isDone() && Date.now() < deadline;) await pause(5)
    for (const { line } of all) line.speak()
    await pause(2 * PATIENCE)
    await Promise.all(all.map(({ feed }) => feed.stop()))
    await handout.stop()
    for (const { ids } of all) assert.deepEqual(ids, committed)

    return all.map(({ moves }) => moves)
  }

  it('lose nothing, repeat nothing and swap nothing, however long nothing is heard', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 20, maxLength: 80, size: 'max' }),
        async (steps) => void (await play(steps))
      ),
      {
        seed: 20_261_129,
        numRuns: DEPTH > 1 ? 100 : 15,
        interruptAfterTimeLimit: 90_000,
        markInterruptAsFailure: false
      }
    ))

  it('are read by a process itself while nothing is heard, and handed again afterwards', async () => {
    const moves = await play([
      ['write', 0, 0],
      ['silence', 0, 0],
      ['commit', 0, 0],
      ['wait', 0, 6],
      ['write', 1, 1],
      ['commit', 1, 0],
      ['wait', 0, 6]
    ])
    assert.deepEqual(moves[0]!.slice(0, 2), [false, true])
  })
})
