import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import fc from 'fast-check'
import { pauseBefore } from '../../packages/rachis/src/client/connection/backoff'
import { next, TABLE } from '../../packages/rachis/src/client/connection/machine'
import type { Event, State } from '../../packages/rachis/src/client/connection/machine'

const STATES = Object.keys(TABLE) as State[]
const EVENTS: readonly Event[] = [
  'wanted', 'unwanted', 'opened', 'failed', 'lost', 'expired', 'due', 'woken', 'closed'
] // prettier-ignore

/** The row of a state as the page shows it. */
const rowOf = (state: State) => {
  const cells = EVENTS.map((event) => {
    const [to, ...effects] = next(state, event)
    if (to === state && effects.length === 0) return '–'
    return [to, ...(effects.length > 0 ? [`(${effects.join(', ')})`] : [])].join(' ')
  })

  return `| ${[`\`${state}\``, ...cells].join(' | ')} |`
}

describe('the states of a connection', () => {
  it('are those of the page', () => {
    const page = readFileSync(path.join(__dirname, '../../docs/client.md'), 'utf8')
    for (const state of STATES) assert.ok(page.includes(rowOf(state)), rowOf(state))
  })

  it('leave nothing open: one attempt, one transport and one pause at most, in any order of events', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...EVENTS)), (events) => {
        let state: State = 'idle'
        const open = { attempt: 0, pause: 0, subscribed: 0 }
        for (const event of events) {
          const [to, ...effects] = next(state, event)
          for (const effect of effects) {
            if (effect === 'open') open.attempt++
            if (effect === 'abandon') open.attempt--
            if (effect === 'wait') open.pause++
            if (effect === 'cancel') open.pause--
            if (effect === 'resume') open.subscribed++
            if (effect === 'hold') open.subscribed--
          }
          if (event === 'due' && state === 'waiting') open.pause--
          state = to
          assert.deepEqual(open, {
            attempt: state === 'opening' || state === 'live' ? 1 : 0,
            pause: state === 'waiting' ? 1 : 0,
            subscribed: state === 'live' ? 1 : 0
          })
        }
      })
    )
  })

  it('pause twice as long after each failure, spread, at most half a minute, and as long as the server asks', () => {
    assert.deepEqual([0, 1, 2, 9].map((attempt) => pauseBefore(attempt, 1)), [500, 1000, 2000, 30_000]) // prettier-ignore
    assert.equal(pauseBefore(2, 0), 1000)
    assert.equal(pauseBefore(0, 0.5, 7000), 7000)
  })
})
