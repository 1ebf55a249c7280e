import type { CallObserver, WatchedCall } from '../util/call-watch'

export type AccessFormat = 'json' | 'text'

const rounded = (milliseconds: number) => Math.round(milliseconds * 100) / 100

interface Line {
  readonly call: WatchedCall
  readonly status: number
  readonly ms: number
}

/** Without anything that a client has written, such as a path or a query: those hold tickets and signatures. */
const json = ({ call, status, ms }: Line): string => {
  const { transport, method, route, user_id, trace_id, address, rows, isAborted } = call
  const aborted = isAborted ? { aborted: true } : {}
  const said = { transport, method, route, status, ms, rows, user_id, address, trace_id, ...aborted }

  return JSON.stringify({ level: 30, time: Date.now(), ...said, msg: 'access' })
}

const text = ({ call, status, ms }: Line): string => {
  const { method, route = '-', user_id = '-', trace_id = '-', address = '-', rows = '-', isAborted } = call
  const time = new Date().toISOString()

  return `${time} ${address} ${user_id} ${method} ${route} ${isAborted ? 'aborted' : status} ${ms}ms ${rows} ${trace_id}`
}

const WRITERS = { json, text }

/** Lines of one turn of the event loop are written at once: each write is a call of the system. */
const gathered = (write: (text: string) => void) => {
  let lines: string[] = []
  const flush = () => {
    write(`${lines.join('\n')}\n`)
    lines = []
  }

  return (line: string) => {
    if (lines.length === 0) setImmediate(flush)
    lines.push(line)
  }
}

/**
 * A line for each request and socket call.
 *
 * @param write of text that ends with a line
 * @example accessLog('text', process.stdout.write) // 2026-11-29T06:00:00.000Z 127.0.0.1 7 GET /api/v1/tasks 200 1.42ms 20 8a1c…
 */
export const accessLog = (format: AccessFormat, write: (text: string) => void): CallObserver => {
  const say = gathered(write)

  return (call) => (status, milliseconds) => say(WRITERS[format]({ call, status, ms: rounded(milliseconds) }))
}
