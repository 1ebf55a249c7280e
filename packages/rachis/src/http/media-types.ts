import { ApiError, repeated } from '../errors/errors'
import { jsonProblem } from '../model/json-bounds'
import type { Route } from './route'

/** A form that bodies and answers have. */
export interface MediaType {
  /** What a body of it may be sent as, in the way that `ctx.is` compares types. */
  readonly sentAs: readonly string[]
  /** Charsets that a body may be sent in. */
  readonly charset: RegExp
  /** The text of a body → data of a call. @throws MALFORMED_BODY, PAYLOAD_TOO_LARGE */
  readonly parse: (text: string) => unknown
  /** Types that it is answered as, the usual one first. */
  readonly answeredAs: readonly string[]
}

export const JSON_TYPE = 'application/json'
export const PROBLEM = 'application/problem+json'
export const VENDOR = 'application/vnd.rachis.v1+json'

const OBJECT_OR_LIST = /^[ \t\r\n]*[[{]/

export const malformed = (message: string) => new ApiError('MALFORMED_BODY', { message })

const parseJson = (text: string): unknown => {
  if (text === '') return {}
  const problem = jsonProblem(text)
  if (problem) throw new ApiError(problem.code, { message: `The data of the body ${problem.reason}` })
  if (!OBJECT_OR_LIST.test(text)) throw malformed('The body is not valid JSON: send an object or a list')
  try {
    return JSON.parse(text)
  } catch (error) {
    throw malformed(`The body is not valid JSON: ${repeated((error as Error).message)}`)
  }
}

/**
 * Media types by the names that operations have for them in `consumes` and `produces`. An operation that takes or answers another
 * form names it there, and the form has its entry here.
 */
export const MEDIA_TYPES: ReadonlyMap<string, MediaType> = new Map([
  [
    JSON_TYPE,
    {
      sentAs: ['json', '+json'],
      // JSON is UTF-8 (RFC 8259, section 8.1): in another charset letters would be kept as U+FFFD.
      charset: /^(utf-?8|us-ascii)?$/i,
      parse: parseJson,
      answeredAs: [JSON_TYPE, PROBLEM, VENDOR]
    }
  ]
])

/** JSON where an operation names none: a body that it ignores, an error in place of an answer that is empty. */
const orJson = (types: readonly string[]): readonly string[] => (types.length > 0 ? types : [JSON_TYPE])

/** What a request may send and accept; undefined where it is answered without a look at either. */
export interface Exchange {
  /** Names of media types. */
  readonly consumes: readonly string[]
  readonly produces: readonly string[]
}

const JSON_ONLY: Exchange = { consumes: [JSON_TYPE], produces: [JSON_TYPE] }

/** Feathers' own services take and answer JSON. A request that is refused, or whose path is not there, is refused in any case. */
export const exchangeOf = (route: Route | undefined): Exchange | undefined => {
  if (route?.kind === 'service') return JSON_ONLY
  if (route?.kind !== 'operation') return undefined
  const { consumes, produces } = route.operation

  return { consumes: orJson(consumes), produces: orJson(produces) }
}

/** The types that an answer may be sent as. */
export const answerTypes = ({ produces }: Exchange): string[] =>
  produces.flatMap((name) => MEDIA_TYPES.get(name)!.answeredAs)
