import type { States, Model } from '../../model/model'
import { beforehand } from './phased'
import type { CallContext, Hook } from './context'

type Row = Record<string, unknown>

const isWritten = ({ field }: States, { data }: CallContext) => field in ((data ?? {}) as Row)

/** Whether a PATCH or PUT names the state: it is then a step of the state machine, and needs the record locked. */
export const isTransition =
  ({ states }: Model) =>
  (context: CallContext): boolean =>
    states !== undefined &&
    (context.method === 'patch' || context.method === 'update') &&
    isWritten(states, context)

/** A state written by PATCH or PUT takes the same step, under the same rule, as the action of that step. */
export const step = (model: Model): Hook => {
  const takes = isTransition(model)

  return beforehand((context) => (takes(context) ? take(model, context) : undefined))
}

const take = async ({ name: resource, states }: Model, context: CallContext) => {
  const { id, params, service } = context
  const record: Row = await service._lock(id, params)
  const data = context.data as Row
  const { name, changes, run } = await service._plan({ to: data[states!.field] }, record, params)
  // Whoever waits for the event of this step gets it, whichever way it is taken.
  if (name)
    context.params = { ...params, change: { ...params.change, resource, action: name, id: String(id) } }
  if (run) {
    await service._announce(context.params)
    await run(service._context(record, context.params))
  }
  context.data = { ...data, ...changes }
}
