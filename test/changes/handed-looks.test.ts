import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { FromReader, ToReader } from '../../packages/rachis/src/feed/handed'
import { HandedLooks } from '../../packages/rachis/src/feed/handed-looks'
import { Handout } from '../../packages/rachis/src/feed/handout'
import { TableLooks } from '../../packages/rachis/src/feed/table-looks'
import { byDepth } from '../helpers/depth'
import { Transactions } from '../resilience/transactions'
import type { Step } from './watched-feed'
import { FEEDS, play, POLL, stepsWith, WatchedFeed } from './watched-feed'

/** Milliseconds: so short that processes often go over to reading for themselves. */
const PATIENCE = 40

type Trouble = 'silence' | 'speak' | 'lose' | 'lose the answer' | 'repeat' | 'delay'

/** A line between two processes, which can hang, so that what is sent meanwhile arrives later, and lose, repeat and delay messages. */
class Line {
  private held: (() => void)[] = []
  private isSilent = false
  private next?: Trouble

  pass(deliver: () => void, isAnswer: boolean) {
    const { next } = this
    if (next === 'lose the answer' && !isAnswer) return void setImmediate(deliver)
    this.next = undefined
    if (next?.startsWith('lose')) return
    if (next === 'delay' || this.isSilent) return void this.held.push(deliver)
    setImmediate(deliver)
    if (next === 'repeat') this.held.push(deliver)
  }

  disturb(trouble: Trouble) {
    if (trouble === 'speak') this.speak()
    else if (trouble === 'silence') this.isSilent = true
    else this.next = trouble
  }

  speak() {
    this.isSilent = false
    this.next = undefined
    for (const deliver of this.held.splice(0)) setImmediate(deliver)
  }
}

describe('looks that are handed to several processes', function () {
  this.timeout(120_000)
  const fail = (error: unknown) => assert.fail(error as Error)

  const feedOn = (server: Transactions, handout: Handout) => {
    const line = new Line()
    let receive: (answer: FromReader) => void = () => undefined
    const asker = { send: (answer: FromReader) => line.pass(() => receive(structuredClone(answer)), true) }
    const channel = {
      send: (message: ToReader) => line.pass(() => handout.receive(asker, structuredClone(message)), false),
      listen: (listener: typeof receive) => void (receive = listener)
    }
    const moves: boolean[] = []
    const own = new TableLooks({ database: server, pollInterval: POLL })
    const onMove = (isHanded: boolean) => void moves.push(isHanded)
    const looks = new HandedLooks({ channel, own, patience: PATIENCE, onMove })

    return { watched: new WatchedFeed(server, looks), line, moves }
  }

  const playHanded = async (steps: readonly Step<Trouble>[]) => {
    const server = new Transactions()
    const table = new TableLooks({ database: server, pollInterval: POLL })
    const handout = new Handout({ looks: table, keeps: { changes: 2, size: Infinity }, onError: fail })
    const all = FEEDS.map(() => feedOn(server, handout))
    await play(steps, {
      server,
      feeds: all.map(({ watched }) => watched),
      disturb: (trouble, which) => all[which]!.line.disturb(trouble),
      calm: () => all.forEach(({ line }) => line.speak())
    })
    await handout.stop()

    return all.map(({ moves }) => moves)
  }

  it('tell what the table tells, whatever is lost, repeated, late or unheard', () =>
    fc.assert(
      fc.asyncProperty(
        stepsWith<Trouble>('silence', 'speak', 'lose', 'lose the answer', 'repeat', 'delay'),
        async (steps) => void (await playHanded(steps))
      ),
      {
        seed: 20_261_129,
        numRuns: byDepth(15, 40, 100),
        interruptAfterTimeLimit: 90_000,
        markInterruptAsFailure: false
      }
    ))

  it('are read by a process itself while nothing is heard, and handed again afterwards', async () => {
    const moves = await playHanded([
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

  it('are handed again where an answer is lost', async () => {
    const waits = Array.from({ length: 4 }, (): Step<Trouble> => ['wait', 0, 8])
    const moves = await playHanded([
      ['lose the answer', 0, 0],
      ['write', 0, 0],
      ['commit', 0, 0],
      ...waits,
      ['write', 0, 0],
      ['commit', 0, 0],
      ...waits
    ])
    assert.deepEqual(moves[0]!.slice(0, 2), [false, true])
  })
})
