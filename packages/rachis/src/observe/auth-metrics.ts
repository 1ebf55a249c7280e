import type { EventEmitter } from 'events'
import type { Registry } from 'prom-client'
import { Counter } from 'prom-client'

/** Emitted by the application for everything that concerns signing in and rights, with the name of what happened. */
export const SECURITY = 'security'

/** Counts what happens when people sign in, fail to, or use keys. */
export const authMetrics = (registry: Registry, app: Pick<EventEmitter, 'on'>): void => {
  const total = new Counter({
    name: 'rachis_security_events_total',
    help: 'Log-ins, failures, lockouts, key uses and changes of rights, by their names as in security-events',
    labelNames: ['event'],
    registers: [registry]
  })
  app.on(SECURITY, (event: string) => total.inc({ event }))
}
