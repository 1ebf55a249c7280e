import type { Server } from 'http'
import type { Registry } from 'prom-client'
import { explainGeneric } from './database/explain'
import type { Application } from './declare/declarations'
import { isDevelopment } from './errors/errors'
import { accessLog } from './observe/access-log'
import type { Exposition } from './observe/metrics-server'
import { mayRead, serveMetrics } from './observe/metrics-server'
import { slowQueries } from './observe/slow-queries'
import type * as TracingModule from './observe/tracing'
import type { Tracing } from './observe/tracing'
import { isWorker } from './worker'
import type * as Metering from './metering'
import type { CallObserver } from './util/call-watch'
import { CallWatch } from './util/call-watch'
import { logger, writeLines } from './util/logger'
import type { RunInSpan, TraceCarrier } from './util/span'
import { withoutSpan } from './util/span'
import { currentCall, SqlLog } from './util/sql-log'
import { StatementWatch } from './util/statement-watch'

/** Whether anybody could read them: counting what nobody reads would cost each call. */
const isMetered = (app: Application): boolean => {
  const { port, token } = app.get('metrics')
  return port > 0 || token !== '' || isOpen(app)
}

/** Whether whoever reaches the API may read `/metrics`. */
const isOpen = (app: Application): boolean => {
  const { open } = app.get('metrics')
  return open === 'always' || (open === 'development' && isDevelopment())
}

/** How `/metrics` is answered on the port of the API; undefined where nothing is counted. */
export const shownMetrics = (app: Application) => {
  const expose = app.get('exposeMetrics')
  const { token } = app.get('metrics')
  const mayReadAll = (authorization: string) => isOpen(app) || (token !== '' && mayRead(token, authorization))

  return expose && { expose, mayRead: mayReadAll }
}

/** Serves the metrics on `metrics.port`, where there is one, from before the database is there: what takes long then can be seen as well. */
export const metricsServer = (app: Application) => {
  let server: Server | undefined

  return {
    async open() {
      const expose = app.get('exposeMetrics')
      // Of several processes, the one that has started them has that port.
      if (expose && app.get('metrics').port > 0 && !isWorker())
        server = await serveMetrics(app.get('metrics'), expose)
    },
    close: () => void server?.close()
  }
}

/** Counts and times calls and events, where anybody could read that. The library is loaded only then: it would take a part of each start. */
const metered = (app: Application): readonly CallObserver[] => {
  if (!isMetered(app)) return []
  const { startMetering } = require('./metering') as typeof Metering

  return [startMetering(app)]
}

const watchOf = (app: Application, metrics: readonly CallObserver[], traces: Tracing | undefined) => {
  const format = app.get('access_log')
  const observers = [
    ...(traces ? [traces.observe] : []),
    ...metrics,
    ...(format === 'off' ? [] : [accessLog(format, writeLines)])
  ]

  return observers.length > 0 ? new CallWatch({ observers, frame: traces?.frame }) : undefined
}

const slow = (app: Application) => {
  const { slow_query: threshold, slow_query_plan } = app.get('database')
  if (threshold === 0) return []
  const explain = slow_query_plan
    ? (sql: string) => explainGeneric(app.get('connection').own, sql)
    : undefined

  return [slowQueries({ threshold, logger, explain, callOf: currentCall })]
}

const statementsOf = (app: Application, traces: Tracing | undefined) => {
  const log = app.get('database').log ? new SqlLog(logger) : undefined
  app.set('sqlLog', log)
  const observers = [...(log ? [log.note] : []), ...slow(app), ...(traces ? [traces.statement] : [])]

  return observers.length > 0 ? new StatementWatch(observers) : undefined
}

/** The library is loaded where there are traces. */
const tracesOf = (app: Application): Tracing | undefined => {
  if (!app.get('traces')) return undefined
  const { tracing } = require('./observe/tracing') as typeof TracingModule

  return tracing()
}

/** Sets up who watches calls and statements, by the settings. To be called before the database is opened. */
export const observe = (app: Application): void => {
  const traces = tracesOf(app)
  app.set('watch', watchOf(app, metered(app), traces))
  app.set('statementWatch', statementsOf(app, traces))
  app.set('span', traces?.span ?? withoutSpan).set('traceCarrier', traces?.carrier ?? (() => ({})))
}

declare module './declare/declarations' {
  interface Configuration {
    /** Where requests and socket calls are logged, counted or traced. */
    watch?: CallWatch
    statementWatch?: StatementWatch
    span: RunInSpan
    traceCarrier: () => TraceCarrier
    /** The metrics of this application, where somebody may read them. */
    metricsRegistry?: Registry
    exposeMetrics?: () => Promise<Exposition>
  }
}
