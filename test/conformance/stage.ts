import type { AnyResource } from '../../packages/rachis/src/declare'
import type { Dice } from '../../packages/rachis/src/testing/dice'
import { Stage } from '../../packages/rachis/src/testing/conformance/stage'
import { Twins } from '../../packages/rachis/src/testing/conformance/twins'
import { startWorld } from '../helpers/world'

export { Stage, Twins }

/** The shipped application with more declarations, on a stage. */
export const openStage = (
  resources: readonly AnyResource[],
  dice: Dice,
  rows?: number,
  only?: ReadonlySet<string>,
  isAlone?: boolean
): Promise<Stage> =>
  Stage.open({ start: (database) => startWorld({ resources, database }), dice, rows, only, isAlone })

export const openTwins = (resources: readonly AnyResource[], dice: Dice, rows: number): Promise<Twins> =>
  Twins.open({ start: (settings, database) => startWorld({ settings, resources, database }), dice, rows })
