import type { AnyResource } from '../../packages/rachis/src/declare'
import type { Dice } from '../../packages/rachis/src/testing/dice'
import { Stage } from '../../packages/rachis/src/testing/conformance/stage'
import { Twins } from '../../packages/rachis/src/testing/conformance/twins'
import type { TwinOptions } from '../../packages/rachis/src/testing/conformance/twins'
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

/** What endpoints of webhooks are told of a database that is a copy is of its own time and history. */
const FORGOTTEN = `delete from webhook_deliveries where event = 'rachis.reset'`

/**
 * Endpoints that are switched off, and nothing that waits to be sent to them: each world would try that at times of its own, and write how it went.
 */
export const WITHOUT_WEBHOOKS = `
  update webhook_endpoints set disabled_at = '2026-01-01T00:00:00Z', disabled_reason = 'owner' where disabled_at is null;
  update webhook_deliveries set state = 'failed' where state <> 'delivered'`

export const openTwins = async (
  resources: readonly AnyResource[],
  dice: Dice,
  rows: number,
  change?: string
): Promise<Twins> => {
  const start: TwinOptions['start'] = (settings, database) => startWorld({ settings, resources, database })
  const twins = await Twins.open({ start, dice, rows, change })
  for (const hand of twins.hands) await hand.sql(FORGOTTEN)
  for (const world of twins.worlds) await world.settled()

  return twins
}
