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

export const openTwins = async (
  resources: readonly AnyResource[],
  dice: Dice,
  rows: number
): Promise<Twins> => {
  const start: TwinOptions['start'] = (settings, database) => startWorld({ settings, resources, database })
  const twins = await Twins.open({ start, dice, rows })
  for (const hand of twins.hands) await hand.sql(FORGOTTEN)
  for (const world of twins.worlds) await world.settled()

  return twins
}

const SWITCH_OFF = `update webhook_endpoints set disabled_at = '2026-01-01T00:00:00Z', disabled_reason = 'owner' where disabled_at is null`

/** Of what happens from now on no endpoint of webhooks is told: the times and ids of deliveries would be others in each world. */
export const switchWebhooksOff = async ({ hands, worlds }: Twins): Promise<void> => {
  for (const hand of hands) await hand.sql(SWITCH_OFF)
  for (const world of worlds) await world.settled()
}
