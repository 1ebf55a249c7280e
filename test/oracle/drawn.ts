import type { AnyResource } from '../../packages/rachis/src/declare'
import { randomDeclaration, randomFamily } from '../conformance/declarations'
import { Dice } from '../../packages/rachis/src/testing/dice'

/** The declarations of a story, which every process of it draws for itself. */
export const drawnBy = (seed: number): AnyResource[] => {
  const dice = new Dice(seed)
  return [...randomFamily(dice), randomDeclaration('random_one', dice)]
}
