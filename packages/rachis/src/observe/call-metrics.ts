import type { Registry } from 'prom-client'
import { Counter, Histogram } from 'prom-client'
import type { CallObserver, WatchedCall } from '../util/call-watch'

/** Node's parser knows some thirty methods, of which clients of an API use these. */
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])
const methodOf = ({ transport, method }: WatchedCall) =>
  transport === 'rest' && !METHODS.has(method) ? 'OTHER' : method

/** Of a request that found no declared route: its path is the client's own, and there may be any number of them. */
const UNMATCHED = 'none'
const SECONDS = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

const instrumentsOf = (registry: Registry, name: string, what: string, labels: readonly string[]) => {
  const registers = [registry]
  return {
    total: new Counter({
      name: `rachis_${name}s_total`,
      help: `${what} that were answered`,
      labelNames: [...labels, 'status'],
      registers
    }),
    seconds: new Histogram({
      name: `rachis_${name}_duration_seconds`,
      help: `Seconds from the arrival of ${what.toLowerCase()} to the end of the answer`,
      labelNames: [...labels],
      buckets: SECONDS,
      registers
    })
  }
}

/**
 * Counts requests and socket calls by their declared route, and how long they take.
 *
 * @example const observer = callMetrics(registry) // rachis_http_requests_total{route="/api/v1/tasks/{id}",method="GET",status="200"} 1
 */
export const callMetrics = (registry: Registry): CallObserver => {
  const http = instrumentsOf(registry, 'http_request', 'Requests', ['route', 'method'])
  const sockets = instrumentsOf(registry, 'socket_call', 'Calls over sockets', ['route'])

  return (call) => (status, milliseconds) => {
    const { transport, route = UNMATCHED } = call
    const isHttp = transport === 'rest'
    const labels: Record<string, string> = isHttp ? { route, method: methodOf(call) } : { route }
    const { total, seconds } = isHttp ? http : sockets
    total.inc({ ...labels, status: String(status) })
    seconds.observe(labels, milliseconds / 1000)
  }
}
