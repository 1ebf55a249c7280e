import type { Model } from '../../model/model'
import type { CallContext, Hook } from './context'
import { operationsByName } from './context'
import { phased } from './phased'

/** Names of the standard events that differ from what the trigger would take from the SQL command. */
const EVENTS: Record<string, string> = { update: 'updated' }

/**
 * Says to the change feed who makes the change and by which operation, and wakes the feed once the change is committed.
 * Feathers' own event is switched off: it would fire before an outer commit, and with the caller's view of the record.
 */
export const recordChange = (model: Model, wake: () => void): Hook => {
  const operations = operationsByName(model)

  return phased({
    before(context) {
      context.event = null
      context.params = {
        ...withoutSource(context),
        change: contextOf(model, operations.get(context.method)?.event, context)
      }
    },
    after({ params }) {
      if (!params.transaction) wake()
    }
  })
}

/** What a write reads it reads where it writes, also where it is a part of a read. */
const withoutSource = ({ params }: CallContext) => {
  if (!params.source) return params
  const { source: _source, ...rest } = params

  return rest
}

const contextOf = ({ name }: Model, action: string | undefined, { method, params, data }: CallContext) => ({
  user_id: params.user?.id ?? null,
  ...(params.user?.impersonator_id ? { impersonator_id: params.user.impersonator_id } : {}),
  trace_id: params.trace_id,
  ...(EVENTS[method] ? { event: EVENTS[method] } : {}),
  ...(action === undefined ? {} : { resource: name, action, ...idOf(data) })
})

/** Only the record that the action was called on tells of it, not every row that the action happens to touch. */
const idOf = (data: unknown) => {
  const { id } = (data ?? {}) as { id?: unknown }
  return id === undefined ? {} : { id: String(id) }
}
