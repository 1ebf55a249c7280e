import type { Change } from '../../feed/change'
import type { Consumer } from '../../feed/consumer'
import { formatPosition } from '../../feed/positions'

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

const noticedOf =
  ({ record_id, user_id, trace_id, id }: Change, epoch: string) =>
  (event: RightsEvent, email?: string, more = {}): Noticed => ({
    event,
    position: id,
    payload: {
      user_id: record_id,
      ...(email ? { email } : {}),
      ...(trace_id ? { trace_id } : {}),
      details: { by: user_id, ...more },
      origin: `change/${formatPosition({ epoch, id })}/${event}`
    }
  })

/**
 * What a change of an account means for who it is and what it may do, whichever way it was made: by an administrator, by another process or by
 * SQL. `origin` names the change and the event, so that it is one event however often it is told.
 */
const rightsChangesOf = (change: Change, epoch: string): Noticed[] => {
  const before = change.before as Account | null
  const after = change.after as Account | null
  if (change.resource !== 'users' || !before) return []
  const noticed = noticedOf(change, epoch)
  if (!after) return [noticed('account_removed', before.email)]
  const { email, role, is_active } = after
  const roles = { from: before.role ?? null, to: role ?? null }

  return [
    ...(before.email === email ? [] : [noticed('email_changed', email, { from: before.email ?? null })]),
    ...(before.role === role ? [] : [noticed('role_changed', email, roles)]),
    ...(before.is_active === is_active
      ? []
      : [noticed(is_active ? 'account_activated' : 'account_deactivated', email)])
  ]
}

/**
 * Records changed rights, in one process at a time. It is durable: what changes while no process runs is recorded by the next one,
 * and what could not be recorded is tried again. A change that comes once more has the same `origin`, so it is recorded once.
 */
export const securityConsumer = (record: (noticed: Noticed) => Promise<void>): Consumer => ({
  name: 'security-events',
  delivery: 'durable',
  async consume(changes, epoch) {
    for (const noticed of changes.flatMap((change) => rightsChangesOf(change, epoch))) await record(noticed)
  }
})
