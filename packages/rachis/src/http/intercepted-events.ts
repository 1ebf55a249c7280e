import type { Server } from 'http'

/** What becomes of an event in place of what its listeners do; `goOn` has them hear it, at once or later. */
type Intercept = (given: readonly unknown[], goOn: () => boolean) => boolean

/**
 * Has events of a server go past something before their listeners hear of them, whoever listens. What intercepts later hears of them first.
 *
 * @returns a function that ends it
 * @example interceptEvents(server, { upgrade: ([request], goOn) => (isTaken(request) ? goOn() : false) })
 */
export const interceptEvents = (
  server: Server,
  intercepts: Readonly<Record<string, Intercept>>
): (() => void) => {
  const before = server.emit
  const emit = before.bind(server) as (event: string | symbol, ...given: unknown[]) => boolean
  const byName = new Map<string | symbol, Intercept>(Object.entries(intercepts))
  const intercepted = ((event: string | symbol, ...given: unknown[]) => {
    const intercept = byName.get(event)
    if (!intercept) return emit(event, ...given)

    return intercept(given, () => emit(event, ...given))
  }) as typeof before
  server.emit = intercepted

  return () => {
    if (server.emit === intercepted) server.emit = before
  }
}
