/**
 * The path that the addresses of one version of the API begin with.
 *
 * @example prefixOf(2) // '/api/v2'
 */
export const prefixOf = (version: number): string => `/api/v${version}`

/** The one of version 1, which is always served: what the server itself writes into mails and hints stays good. */
export const PREFIX = prefixOf(1)

const VERSIONED = /^\/api\/v(\d{1,3})(?=\/)/

/**
 * The number of the version that a path begins with; undefined where it begins with none. `/api/v01` is another address than `/api/v1`.
 *
 * @example versionOfPath('/api/v2/tasks') // 2
 */
export const versionOfPath = (path: string): number | undefined => {
  const [, version] = VERSIONED.exec(path) ?? []

  return version === undefined || version !== String(Number(version)) ? undefined : Number(version)
}

/**
 * The path below the prefix of whichever version it begins with, or below another prefix in its place.
 *
 * @example withoutPrefix('/api/v2/tasks') // '/tasks'
 */
export const withoutPrefix = (path: string, other = ''): string => path.replace(VERSIONED, other)
