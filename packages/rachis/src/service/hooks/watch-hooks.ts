import type { Application } from '../../declare/declarations'

/** Hooks of the start and of the end of an application, which no call goes through. */
const OF_LIFETIME = ['setup', 'teardown']

/**
 * Notes whether somebody puts hooks around the calls of all services from now on.
 *
 * @returns whether somebody has
 */
export const watchHooks = (app: Application): (() => boolean) => {
  const { hooks } = app
  let hasHooks = false
  app.hooks = function (map: object) {
    hasHooks ||= !OF_LIFETIME.some((name) => name in map)
    return hooks.call(this, map as never) as never
  }

  return () => hasHooks
}
