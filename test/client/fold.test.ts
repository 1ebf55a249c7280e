import assert from 'node:assert/strict'
import fc from 'fast-check'
import * as fold from '../../packages/rachis/src/client/live/fold'
import { Order, ranksOf } from '../../packages/rachis/src/client/live/order'
import { byDepth } from '../helpers/depth'
import { History, SORT, steps } from './history'

const RUNS = { numRuns: byDepth(300, 1000, 3000) }
const text = (rows: readonly object[]) => JSON.stringify(rows)

describe('what a live list keeps', () => {
  it('is what a find gave after a whole transaction, whatever is lost, reset and asked for anew', () => {
    fc.assert(
      fc.property(steps, (doings) => {
        const history = new History()
        const states = [text([])]
        let last = 0
        for (const doing of doings) {
          doing(history)
          while (states.length <= history.now) states.push(text(history.found(states.length)))
          const shown = states.lastIndexOf(text(history.shown()))
          assert.notEqual(shown, -1, 'between two transactions')
          const position = Number(history.client.position ?? last)
          if (history.client.phase === 'live') assert.equal(text(history.shown()), states[position])
          assert.ok(position >= last, 'back in time')
          last = position
        }
        history.connect()
        history.sync()
        history.drain()
        assert.equal(history.client.phase, 'live')
        assert.equal(text(history.shown()), text(history.found()))
      }),
      RUNS
    )
  })

  it('still shows what it showed while the connection is lost, and while it is found anew', () => {
    fc.assert(
      fc.property(steps, (doings) => {
        const history = new History()
        history.transaction([[1, 2]])
        history.connect()
        history.drain()
        for (const doing of doings) {
          const before = text(history.shown())
          doing(history)
          const { phase } = history.client
          if (phase !== 'live') assert.equal(text(history.shown()), before)
          assert.notEqual(phase, 'loading')
        }
      }),
      RUNS
    )
  })

  it('has the first records of a list with a limit, or knows that it has too few', () => {
    const window = { limit: 3, sort: SORT }
    fc.assert(
      fc.property(steps, (doings) => {
        const history = new History(window)
        for (const doing of doings) {
          doing(history)
          const { client } = history
          if (client.phase !== 'live') continue
          if (fold.lacksRows(client, window)) history.ask()
          else {
            const found = history.found(Number(client.position)).slice(0, window.limit)
            assert.equal(text(history.shown().slice(0, window.limit)), text(found))
          }
        }
      }),
      RUNS
    )
  })

  it('keeps the objects of records that have not changed, and the list itself where none has', () => {
    const found = (rows: { id: number; n: number }[]) => ({
      rows,
      total: rows.length,
      position: '1',
      isSorted: true,
      replay: false
    })
    const first = fold.loaded(fold.empty, found([{ id: 1, n: 1 }, { id: 2, n: 2 }])) // prettier-ignore
    const anew = fold.loaded(fold.reset(first), found([{ id: 1, n: 1 }, { id: 2, n: 2 }])) // prettier-ignore
    assert.equal(anew.rows, first.rows)
    const changed = fold.synced(fold.received(anew, { event: 'patched', data: { id: 2, n: 3 } }), '2')
    assert.equal(changed.rows.get(1), first.rows.get(1))
    assert.deepEqual(changed.rows.get(2), { id: 2, n: 3 })
    const same = fold.synced(fold.received(changed, { event: 'patched', data: { id: 2, n: 3 } }), '3')
    assert.equal(same.rows, changed.rows)
  })

  it('ignores what comes after a cut, and applies what came while a list was on its way', () => {
    const live = fold.loaded(fold.empty, { rows: [], total: 0, position: '1', isSorted: true, replay: false })
    const late = fold.synced(fold.received(fold.cut(live), { event: 'created', data: { id: 1 } }), '2')
    assert.deepEqual([late.phase, late.rows.size, late.position], ['cut', 0, '1'])
    const asked = fold.received(fold.asking(live), { event: 'created', data: { id: 1 } })
    const rows = [{ id: 2 }]
    const found = fold.loaded(fold.synced(asked, '2'), { rows, total: 1, isSorted: false, replay: true })
    assert.deepEqual([...found.rows.keys()], [2, 1])
  })
})

describe('the order of a live list', () => {
  const sorted = (sort: Record<string, 1 | -1>, rows: Record<string, unknown>[]) =>
    new Order(sort).sorted(rows).rows.map(({ id }) => id)

  it('is that of PostgreSQL: null last upward and first downward, the id between equals', () => {
    const rows = [{ id: 3, n: 1 }, { id: 2, n: null }, { id: 1, n: 1 }, { id: 4, n: 0 }] // prettier-ignore
    assert.deepEqual(sorted({ n: 1 }, rows), [4, 1, 3, 2])
    assert.deepEqual(sorted({ n: -1 }, rows), [2, 1, 3, 4])
    assert.deepEqual(sorted({}, rows), [1, 2, 3, 4])
    assert.deepEqual(sorted({ id: -1 }, rows), [4, 3, 2, 1])
  })

  it('is known for times, and is the server’s for texts: what is new among them is a guess', () => {
    const times = [{ id: 1, at: '2026-01-02T00:00:00.000Z' }, { id: 2, at: '2025-12-31T23:00:00.000Z' }] // prettier-ignore
    assert.deepEqual(sorted({ at: 1 }, times), [2, 1])
    assert.equal(new Order({ at: 1 }).sorted(times).isGuess, false)
    const served = [
      { id: 1, priority: 'low' },
      { id: 2, priority: 'high' }
    ]
    const order = new Order({ priority: 1 }, ranksOf(served))
    assert.deepEqual(order.sorted([...served].reverse()), { rows: served, isGuess: false })
    assert.equal(order.sorted([...served, { id: 3, priority: 'medium' }]).isGuess, true)
    const moved = [served[0]!, { id: 2, priority: 'urgent' }]
    assert.equal(order.sorted(moved).isGuess, true)
  })
})
