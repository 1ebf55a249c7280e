import assert from 'node:assert/strict'
import { followsRelations } from '../../packages/rachis/src/testing/conformance/checks/relations'
import { groundOf } from '../../packages/rachis/src/testing/conformance/checks/ground'
import { SEED } from '../../packages/rachis/src/testing/conformance/seed'
import { Dice, seeded } from '../../packages/rachis/src/testing/dice'
import { DEPTH } from '../helpers/depth'
import { randomJoins } from './joins'
import { openStage } from './stage'

/** Declarations anew with each. */
const DRAWS = 2 * DEPTH

describe('relations by random rules, to one, to many and through a join resource', () => {
  it('answer, and find and sort records by, what their reader finds at each end, over both transports', async function () {
    this.timeout(60_000 * Math.max(1, DEPTH))
    let compared = 0
    for (let draw = 0; draw < DRAWS; draw++)
      await seeded(SEED + draw, async (dice) => {
        const joins = randomJoins(dice)
        const stage = await openStage(joins, dice, 16, new Set(joins.map(({ name }) => name)), true)
        try {
          await stage.watchAll()
          compared += await followsRelations(await groundOf(stage, new Dice(SEED + draw), DEPTH))
        } finally {
          await stage.close()
        }
      })
    assert.ok(compared > 200, String(compared))
  })
})
