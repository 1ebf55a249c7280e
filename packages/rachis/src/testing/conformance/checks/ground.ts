import type { Dice } from '../../dice'
import type { Stage } from '../stage'

/** What a check works on, and how much of what could be tried it tries. */
export interface Ground {
  readonly stage: Stage
  readonly dice: Dice
  /** Ids of the records that there were at the beginning, by resource. */
  readonly idsOf: (resource: string) => readonly unknown[]
  /** 1 for a usual run. */
  readonly depth: number
}

/** Answers how much was looked at. @throws {AssertionError} that names the call, the person and what was expected */
export type Check = (ground: Ground) => Promise<number>

export const groundOf = async (stage: Stage, dice: Dice, depth: number): Promise<Ground> => {
  const ids = await stage.hand.idsOf(stage.models)

  return { stage, dice, depth, idsOf: (resource) => ids.get(resource) ?? [] }
}
