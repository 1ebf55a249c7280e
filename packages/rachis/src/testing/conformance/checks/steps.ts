import assert from 'assert/strict'
import type { Model } from '../../../model/model'
import type { Call } from '../calls'
import { described } from '../calls'
import { bothWays, withoutTrace } from '../guard'
import type { Check, Ground } from './ground'

/** A PATCH for each state that a record cannot take from the one it has. */
const undeclaredSteps = async ({ stage }: Ground, model: Model): Promise<Call[]> => {
  const patch = model.operations.find(({ name }) => name === 'patch')
  if (!model.states || !patch) return []
  const { field, transitions } = model.states
  const rows = await stage.hand.sql(`select id, "${field}" as state from "${model.name}"`)

  return rows.flatMap(({ id, state }) => {
    const reached = transitions.filter(({ from }) => from.includes(state as string)).map(({ to }) => to)
    const others = model.fields.get(field)!.enum!.filter((to) => to !== state && !reached.includes(to))

    return others.map((to) => ({ model, operation: patch, id: id as unknown, data: { [field]: to } }))
  })
}

/** Takes no step of a state machine that is not declared. */
export const takesNoUndeclaredStep: Check = async (ground) => {
  const { stage, dice } = ground
  let refused = 0
  await withoutTrace(stage, async () => {
    for (const model of stage.models)
      for (const call of await undeclaredSteps(ground, model))
        for (const { status } of await bothWays(stage, dice.pick(stage.watchers), call)) {
          assert.ok([401, 403, 404, 409, 422].includes(status), `${described(call)}: ${status}`)
          refused++
        }
  })

  return refused
}
