import type { Application } from './declarations'

/**
 * The service of a path, with the methods that are used of it. The types of the application know the paths of its declarations alone,
 * and the engine is compiled without them.
 *
 * @example serviceAt<{ find(params: object): Promise<unknown> }>(app, 'tasks')
 */
export const serviceAt = <Service>(app: Application, path: string): Service =>
  app.service(path as never) as unknown as Service
