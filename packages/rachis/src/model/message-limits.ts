import type { Model } from './model'

/** Feathers' own sign-in, which takes what `POST /auth/login` takes. */
const UNDECLARED: Readonly<Record<string, number>> = { authentication: 8192 }

const trimmed = (path: string) => path.replace(/^\/+|\/+$/g, '')

/** Service path and method → bytes, for those operations that have a limit of their own. */
const byMethod = (models: readonly Model[]): ReadonlyMap<string, number> =>
  new Map(
    models.flatMap(({ path, operations }) =>
      operations.flatMap(({ name, bodyLimit }) =>
        bodyLimit === undefined ? [] : [[`${path} ${name}`, bodyLimit] as const]
      )
    )
  )

/**
 * The bytes that a message of a socket may have, by the service and the method that it calls.
 *
 * @param fallback bytes where neither declaration nor schema says, and the most that any may have
 */
export const messageLimits = (models: readonly Model[], fallback: number) => {
  const limits = byMethod(models)

  return (path: string, method: string): number => {
    const service = trimmed(path)
    const limitAt = (name: string) => limits.get(`${name} ${method}`) ?? UNDECLARED[name] ?? fallback
    // Feathers finds a service under its path and an id as well.
    return Math.min(fallback, limitAt(service), limitAt(service.replace(/\/[^/]*$/, '')))
  }
}
