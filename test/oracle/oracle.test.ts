import assert from 'node:assert/strict'
import { seeded } from '../../packages/rachis/src/testing/dice'
import { SEED } from '../../packages/rachis/src/testing/conformance/seed'
import { tally } from './doings'
import { Story } from './story'

/** `npm run oracle` has ORACLE_SECONDS: it goes on with the next seed until they are over. */
const SECONDS = Number(process.env.ORACLE_SECONDS ?? 0)
const FIRST = Number(process.env.ORACLE_SEED ?? (SECONDS > 0 ? Date.now() % 1_000_000_000 : SEED))
const BATCHES = SECONDS > 0 ? 40 : 6

const tell = async (seed: number, until: number) => {
  const told = { batches: 0, events: 0, resets: 0 }
  await seeded(seed, async (_dice, log) => {
    const story = await Story.open(seed, 2, log)
    try {
      await story.begin()
      for (; told.batches < BATCHES && Date.now() < until; told.batches++) await story.batch()
    } finally {
      Object.assign(told, { events: story.events, resets: story.resets })
      await story.close()
    }
  })

  return told
}

describe('the oracle: what anybody is told, whatever is declared, done and cut, in three processes', function () {
  this.timeout(1000 * SECONDS + 180_000)

  it('is what a find gives, once, never forbidden, never older', async function () {
    // A story takes a minute or two: CI tells three, and `npm test` none.
    if (SECONDS === 0 && process.env.ORACLE_SEED === undefined) this.skip()
    const until = SECONDS > 0 ? Date.now() + 1000 * SECONDS : Infinity
    let seed = FIRST
    do {
      if (SECONDS > 0) console.log(`ORACLE_SEED=${seed}`)
      const told = await tell(seed, until)
      if (SECONDS > 0) console.log(JSON.stringify(told))
      assert.ok(told.events > 0, 'nobody was told of anything')
      seed++
    } while (Date.now() < until && SECONDS > 0)
    if (SECONDS > 0) console.log(JSON.stringify(Object.fromEntries(tally)))
  })
})
