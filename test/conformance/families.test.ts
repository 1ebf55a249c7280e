import { randomFamily } from './declarations'
import { Deeds } from './deeds'
import { Dice, seeded } from './dice'
import { SEED } from './seed'
import { Stage } from './stage'
import { Hand } from './tables'

const ROUNDS = 30

/** Who may see a record is decided by another record, or by that one's own: whoever moves the one moves the others. */
describe('events of records that follow others', () => {
  let stage: Stage
  let other: Hand
  before(async () => {
    const dice = new Dice(SEED)
    const family = randomFamily(dice)
    stage = await Stage.open(family, dice, 8, new Set(family.map(({ name }) => name)))
    await stage.watchAll()
    other = await Hand.to(stage.worlds[0].database)
  })
  after(async () => {
    await other.end()
    await stage.close()
  })

  it('make of what was found what a find gives now', async function () {
    this.timeout(60_000)
    await seeded(SEED, async (dice, log) => {
      const deeds = new Deeds(stage, dice, log)
      for (let round = 0; round < ROUNDS; round++) {
        const kind = dice.pick(['calls', 'sql', 'together', 'interleaved'])
        if (kind === 'calls') await deeds.call()
        if (kind === 'sql') await deeds.sql()
        if (kind === 'together')
          await Promise.all([deeds.call(), deeds.sql(), deeds.call(), deeds.sql(other)])
        if (kind === 'interleaved') await deeds.interleaved(other)
        await stage.agree()
      }
    })
  })
})
