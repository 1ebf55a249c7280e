import type { ApiError, ErrorCode } from '../errors/errors'

/** One way to send a credential, as documents and answers of HTTP name it. */
export interface CredentialScheme {
  /** A Security Scheme Object of OpenAPI, such as `{ type: 'apiKey', in: 'header', name: 'X-User' }`. */
  readonly openapi: Readonly<Record<string, unknown>>
  /** Whether it is the credential of a program, with which operations that are `interactive_only` cannot be called. */
  readonly is_programmatic?: boolean
  /** Whether it opens event streams and nothing else. */
  readonly is_for_events?: boolean
  /** What `WWW-Authenticate` of an answer with status 401 says of it, such as `Bearer`. */
  readonly challenge?: string
}

/** A path that a module serves besides its declarations. */
export interface ServedPath {
  /** Bytes that a body may have there; by default as many as the setting `body_limit` allows. */
  readonly body_limit?: number
  /**
   * Where it is served at the root of the host, as `/graphql` is, and not behind the prefix of the API: the media types that it takes and
   * answers. A request is counted, negotiated and read as one of an operation before `served` of the module's middleware answers it.
   */
  readonly at_root?: { readonly consumes: readonly string[]; readonly produces: readonly string[] }
}

/** The paths at the root of the host that modules serve, such as `/graphql`, with what is said of them. */
export const rootPaths = ({ paths }: Pick<ModuleFacts, 'paths'>): ReadonlyMap<string, ServedPath> =>
  new Map(Object.entries(paths).flatMap(([name, path]) => (path.at_root ? [[`/${name}`, path]] : [])))

/** What modules say of themselves as plain data. */
export interface ModuleFacts {
  /** By the first segment: paths that a module serves besides its declarations. No declaration can take one of them. */
  readonly paths: Readonly<Record<string, ServedPath>>
  /** How credentials are sent, by names of the module's choice. The OpenAPI document lists them as its security schemes. */
  readonly schemes: Readonly<Record<string, CredentialScheme>>
  /** Hints for errors of the engine by their codes, for errors without a hint of their own. */
  readonly hints: Readonly<Partial<Record<ErrorCode, string>>>
  /** Paths behind the API's prefix that `GET /` links to, by the names of the links. */
  readonly links: Readonly<Record<string, string>>
}

/** The header that a scheme sends its credential in. */
const headerOf = ({ openapi }: CredentialScheme): string[] => {
  const { in: place, name } = openapi
  if (place === undefined) return ['Authorization']
  if (place === 'cookie') return ['Cookie']

  return place === 'header' ? [String(name)] : []
}

/**
 * The headers that credentials are sent in, for `Vary`.
 *
 * @param usesCookies whether a session may come by a cookie
 * @example credentialHeaders(facts, false) // 'Authorization, X-API-Key'
 */
export const credentialHeaders = (
  { schemes }: Pick<ModuleFacts, 'schemes'>,
  usesCookies: boolean
): string => {
  const names = Object.values(schemes).flatMap(headerOf)

  return [...new Set([...names, ...(usesCookies ? ['Cookie'] : [])])].join(', ')
}

const challengesOf = ({ schemes }: Pick<ModuleFacts, 'schemes'>): string =>
  [...new Set(Object.values(schemes).flatMap(({ challenge }) => challenge ?? []))].join(', ')

/**
 * Adds to an error of the engine what modules say of its code: the hint, and in `WWW-Authenticate` the ways to sign in.
 *
 * @example
 * const advise = advisor(facts)
 * advise(new ApiError('NOT_AUTHENTICATED')).toJSON().error.hint // 'Sign in by POST /api/v1/auth/login, …'
 */
export const advisor = (facts: Pick<ModuleFacts, 'schemes' | 'hints'>) => {
  const challenges = challengesOf(facts)

  return (error: ApiError): ApiError => {
    const { payload, errorCode, code } = error
    payload.hint ??= payload.details?.find(({ hint }) => hint)?.hint ?? facts.hints[errorCode as ErrorCode]
    if (code === 401 && challenges) payload.headers = { ...payload.headers, 'WWW-Authenticate': challenges }

    return error
  }
}

declare module '../declare/declarations' {
  interface Configuration {
    facts: ModuleFacts
  }
}
