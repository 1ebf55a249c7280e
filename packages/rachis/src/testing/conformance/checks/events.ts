import assert from 'assert/strict'
import { Deeds } from '../deeds'
import { SqlConnection } from '../tables'
import type { Ground } from './ground'

const KINDS = ['calls', 'calls', 'together', 'sql', 'mixed', 'interleaved'] as const

const doOne = async (deeds: Deeds, kind: (typeof KINDS)[number], other: SqlConnection) => {
  if (kind === 'calls') await deeds.call()
  if (kind === 'together') await Promise.all([deeds.call(), deeds.call(), deeds.call(), deeds.call()])
  if (kind === 'sql') await deeds.sql()
  if (kind === 'mixed') await Promise.all([deeds.call(), deeds.sql(), deeds.call(), deeds.sql(other)])
  if (kind === 'interleaved') await deeds.interleaved(other)
}

/** In the order of each list: what a process has to read for long it tells behind the rest. */
export const areToldAlike = ({ stage }: Pick<Ground, 'stage'>) => {
  const [, here, there] = stage.watchers
  assert.deepEqual(here!.told, there!.told, 'one user is told the same, in the same order, by both processes') // prettier-ignore
}

/**
 * Events make of what was found what a find gives now, for everybody, after whatever was done: calls of every operation by everybody, side by
 * side, and SQL by hand. Answers how many events were told.
 */
export const eventsKeepListsTrue = async (ground: Ground, rounds: number, log: string[], isVaried = false): Promise<number> => {
  const { stage, dice } = ground
  const other = await SqlConnection.to(stage.worlds[0].database)
  try {
    const deeds = new Deeds(stage, dice, log)
    for (let round = 0; round < rounds; round++) {
      await doOne(deeds, dice.pick(KINDS), other)
      await stage.agree()
    }
    if (isVaried) {
      await deeds.makeUp(other, () => stage.agree())
      deeds.wereVaried()
    }
    areToldAlike(ground)
  } finally {
    await other.end()
  }

  return stage.watchers.reduce((sum, { events }) => sum + events, 0)
} // prettier-ignore
