/** What a stream of server-sent events is answered with. */
export const EVENT_STREAM_HEADERS = {
  'Content-Type': 'text/event-stream; charset=utf-8',
  // A cached stream would be replayed for ever, and a proxy that packs or collects it would hold events back.
  'Cache-Control': 'no-store, no-transform',
  'X-Accel-Buffering': 'no'
}

/** Milliseconds between heartbeats. Proxies close connections that are silent for a minute, some after half a minute. */
export const HEARTBEAT_INTERVAL = 15_000

/** A comment, which no reader of a stream is told of. */
export const HEARTBEAT = ':\n\n'
