import type { ApiError, ErrorCode } from '../errors/errors'

/** One way to send a credential, as documents and answers of HTTP name it. */
export interface CredentialScheme {
  /** A Security Scheme Object of OpenAPI, such as `{ type: 'apiKey', in: 'header', name: 'X-User' }`. */
  readonly openapi: Readonly<Record<string, unknown>>
  /** Whether it is the credential of a program, with which operations that are `interactive_only` cannot be called. */
  readonly is_programmatic?: boolean
  /** What `WWW-Authenticate` of an answer with status 401 says of it, such as `Bearer`. */
  readonly challenge?: string
}

/** A path that a module serves besides its declarations. */
export interface ServedPath {
  /** Bytes that a body may have there; by default as many as the setting `body_limit` allows. */
  readonly body_limit?: number
}

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
