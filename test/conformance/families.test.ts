import { DEPTH } from '../helpers/depth'
import { randomFamily } from './declarations'
import { Deeds } from '../../packages/rachis/src/testing/conformance/deeds'
import { Dice, seeded } from '../../packages/rachis/src/testing/dice'
import { SEED } from '../../packages/rachis/src/testing/conformance/seed'
import type { Stage } from './stage'
import { openStage } from './stage'
import { SqlConnection } from '../../packages/rachis/src/testing/conformance/tables'

const ROUNDS = 12 * DEPTH

/** Who may see a record is decided by another record, or by that one's own: whoever moves the one moves the others. */
describe('events of records that follow others', () => {
  let stage: Stage
  let other: SqlConnection
  before(async () => {
    const dice = new Dice(SEED)
    const family = randomFamily(dice)
    stage = await openStage(family, dice, 8, new Set(family.map(({ name }) => name)))
    await stage.watchAll()
    other = await SqlConnection.to(stage.worlds[0].database)
  })
  after(async () => {
    await other.end()
    await stage.close()
  })

  /** A parent's parent opens or closes, or a parent changes hands: what follows goes along, also where it changes itself. */
  const move = async (dice: Dice, log: string[]) => {
    const [groups, parents] = await Promise.all(
      ['random_groups', 'random_parents'].map((name) => stage.hand.ids(name))
    )
    const moves = [
      () =>
        stage.hand.sql('update random_groups set is_open = not is_open where id = any($1)', [
          dice.some(groups!)
        ]),
      () => stage.hand.sql('update random_parents set group_id = $2 where id = any($1)', [dice.some(parents!), dice.pick(groups!)]), // prettier-ignore
      () => stage.hand.sql('update random_parents set user_id = $2 where id = any($1)', [dice.some(parents!), dice.pick(stage.castIds)]), // prettier-ignore
      () => stage.hand.sql('delete from random_children where id::text like $1', [`%${dice.below(10)}`]),
      () => stage.hand.sql('update random_others set note = $1', [dice.pick(['x', 'X', null])])
    ]
    await stage.hand.sql('begin')
    for (const one of dice.some(moves)) await one()
    await stage.hand.sql('commit')
    log.push('moves')
  }

  it('make of what was found what a find gives now', async function () {
    this.timeout(60_000)
    await seeded(SEED, async (dice, log) => {
      const deeds = new Deeds(stage, dice, log)
      for (let round = 0; round < ROUNDS; round++) {
        const kind = dice.pick(['calls', 'sql', 'together', 'interleaved', 'moves', 'moves'])
        if (kind === 'moves') await move(dice, log)
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
