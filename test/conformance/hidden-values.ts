import type { Model } from '../../packages/rachis/src/model/model'
import type { Dice } from '../../packages/rachis/src/testing/dice'
import { shownColumns } from '../../packages/rachis/src/testing/conformance/shown'
import { valueFor } from '../../packages/rachis/src/testing/samples'
import type { Twins } from './stage'

interface Differing {
  readonly twins: Twins
  readonly models: readonly Model[]
  readonly idsOf: (name: string) => readonly unknown[]
}

/** Other values in the columns that this user may not read of a record, in the second world alone, and nothing else changed. Answers how many. */
export const changeHidden = async (
  { twins, models, idsOf }: Differing,
  user: object | null,
  dice: Dice
): Promise<number> => {
  let changed = 0
  for (const model of models) {
    const shown = await shownColumns(twins.worlds[0], model, user)
    const fields = [...model.fields.values()].filter(({ computed, name }) => !computed && !['id', 'deleted_at'].includes(name)) // prettier-ignore
    for (const id of idsOf(model.name)) {
      const hidden = fields.filter(({ name }) => !shown(id).includes(name))
      const row = Object.fromEntries(hidden.map((field) => [field.name, valueFor(field, dice, idsOf)]))
      if (hidden.length > 0) await twins.hands[1].update(model.name, row, 'id::text = $1', [String(id)])
      changed += hidden.length
    }
  }

  return changed
}
