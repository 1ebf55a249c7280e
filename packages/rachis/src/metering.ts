import { Registry } from 'prom-client'
import type { Application } from './declare/declarations'
import { authMetrics } from './observe/auth-metrics'
import { callMetrics } from './observe/call-metrics'
import { processRegistry } from './observe/gauges'
import type { Exposition } from './observe/metrics-server'
import type { CallObserver } from './util/call-watch'
import { isWorker, metricsOfAll } from './worker'

const exposing = (registry: Registry) => async (): Promise<Exposition> => {
  const all = Registry.merge([registry, processRegistry()])
  return { type: all.contentType, text: await all.metrics() }
}

/** Counts and times calls and what happens when people sign in. Answers who is to be told of calls. */
export const startMetering = (app: Application): CallObserver => {
  const registry = new Registry()
  const expose = isWorker() ? metricsOfAll(() => [registry, processRegistry()]) : exposing(registry)
  app.set('metricsRegistry', registry).set('exposeMetrics', expose)
  authMetrics(registry, app)

  return callMetrics(registry)
}
