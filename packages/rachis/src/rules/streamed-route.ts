import type { IncomingMessage } from 'http'
import type { Middleware } from 'koa'

/** What a request says of itself before it is known what it is for. */
export interface RequestLine extends Pick<IncomingMessage, 'method' | 'headers'> {
  /** Behind the prefix of the API. */
  readonly path: string
}

/**
 * Requests of a module whose bodies are read as they come, however long they are. They are counted, and it is known by which credentials they come
 * (`ctx.feathers`), before `answer` runs; their types are not negotiated.
 */
export interface StreamedRoute {
  /** Their address as metrics and traces name it, behind the prefix of the API: `/files/{id}`. */
  readonly label: string
  /** Asked of every request, so it looks first at what is cheap to tell. */
  takes(request: RequestLine): boolean
  readonly answer: Middleware
}

/** The route that takes a request; undefined where none does. */
export const streamedRoute = (
  routes: readonly StreamedRoute[],
  { method, headers }: IncomingMessage,
  path: string
): StreamedRoute | undefined => routes.find((route) => route.takes({ method, headers, path }))
