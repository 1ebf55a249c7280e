import { isObject } from '../util/is-object'
export type Partly<T> = {
  [K in keyof T]?: T[K] extends readonly unknown[] ? T[K] : T[K] extends object ? Partly<T[K]> : T[K]
}

/**
 * `over` merged into `base`, object by object; a list or a single value replaces the one before.
 *
 * @example merged({ http: { port: 1, host: 'a' } }, { http: { port: 2 } }) // { http: { port: 2, host: 'a' } }
 */
export const merged = <T extends object>(base: T, over: object = {}): T => {
  const changes = over as Record<string, unknown>
  const entries = Object.entries({ ...base, ...over }).map(([key, value]) => {
    const inner = (base as Record<string, unknown>)[key]
    return [key, isObject(inner) && isObject(value) ? merged(inner, changes[key] as object) : value]
  })

  return Object.fromEntries(entries) as T
}
