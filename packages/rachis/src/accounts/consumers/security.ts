import type { Change } from '../../feed/change'
import type { Consumer } from '../../feed/consumer'

export type RightsEvent =
  'role_changed' | 'account_activated' | 'account_deactivated' | 'account_removed' | 'email_changed'
export interface Noticed {
  readonly event: RightsEvent
  /** Of the change. */
  readonly position: number
  readonly payload: {
    readonly user_id: string
    readonly email?: string
    readonly trace_id?: string
    readonly details: Record<string, string | null>
    readonly origin: string
  }
}
interface Account {
  readonly email?: string
  readonly role?: string
  readonly is_active?: boolean
}

const factsOf = (
  { record_id, user_id, trace_id, id }: Change,
  event: RightsEvent,
  email?: string,
  more = {}
) => ({
  event,
  position: id,
  payload: {
    user_id: record_id,
    ...(email ? { email } : {}),
    ...(trace_id ? { trace_id } : {}),
    details: { by: user_id, ...more },
    origin: `change/${id}/${event}`
  }
})

/**
 * What a change of an account means for who it is and what it may do, whichever way it was made: by an administrator, by another process or by
 * SQL. Every process hears of it; `origin` makes it one event.
 */
export const rightsChangesOf = (change: Change): Noticed[] => {
  const before = change.before as Account | null
  const after = change.after as Account | null
  if (change.resource !== 'users' || !before) return []
  if (!after) return [factsOf(change, 'account_removed', before.email)]
  const { email, role, is_active } = after
  const roles = { from: before.role ?? null, to: role ?? null }

  return [
    ...(before.email === email
      ? []
      : [factsOf(change, 'email_changed', email, { from: before.email ?? null })]),
    ...(before.role === role ? [] : [factsOf(change, 'role_changed', email, roles)]),
    ...(before.is_active === is_active
      ? []
      : [factsOf(change, is_active ? 'account_activated' : 'account_deactivated', email)])
  ]
}

/**
 * Records changed rights beside the feed, one after the other, so that no event waits for it. Only what is to be recorded is kept
 * while the log is slow; most changes are of no account, and their rows are not held for it.
 */
export const securityConsumer = (
  record: (noticed: Noticed) => Promise<void>,
  onError: (error: unknown) => void
): Consumer & { idle(): Promise<void> } => {
  let tail = Promise.resolve()
  return {
    name: 'security-events',
    delivery: 'live',
    consume(changes) {
      for (const noticed of changes.flatMap(rightsChangesOf))
        tail = tail.then(() => record(noticed)).catch(onError)
    },
    idle: () => tail
  }
}
