import type { ModuleConsumer, ModuleContext } from '../module'
import type { Application } from '../declare/declarations'
import { authenticationOf } from './authentication'
import type { Noticed } from './consumers/security'
import { securityConsumer } from './consumers/security'
import { recordSecurity } from './security'

/** An account that is switched on again must not bring back the sessions that were signed in to it. */
const recorder =
  (app: Application) =>
  async ({ event, payload, position }: Noticed) => {
    const id = Number(payload.user_id)
    if (event === 'account_deactivated') await authenticationOf(app).revokeAll(id, { until: position })
    await recordSecurity(app, event, payload)
  }

/** Tokens that were revoked are forgotten before events are sent; changed rights are recorded after them. */
export const accountsConsumers = ({ app }: ModuleContext): ModuleConsumer[] => {
  const { sessions } = authenticationOf(app)

  return [
    {
      name: 'sessions',
      delivery: 'live',
      order: 'before events',
      consume: (changes) => sessions.consume(changes),
      // A token that was revoked must not stay good for as long as somebody leaves a transaction open.
      foresee: (changes) => sessions.consume(changes),
      lost: () => sessions.clear()
    },
    { ...securityConsumer(recorder(app)), order: 'after events' }
  ]
}
