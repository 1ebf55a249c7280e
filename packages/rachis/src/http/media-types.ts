import { ApiError, repeated } from '../errors/errors'
import { jsonProblem } from '../model/json-bounds'
import { RECORD_TYPES } from '../model/operation'
import type { RecordType } from '../model/operation'
import type { Route } from './route'

/** A form that bodies and answers have. */
export interface MediaType {
  /** What a body of it may be sent as, in the way that `ctx.is` compares types. */
  readonly sentAs: readonly string[]
  /** Types among those that mean something else. */
  readonly notSentAs?: readonly string[]
  /** Charsets that a body may be sent in. */
  readonly charset: RegExp
  /** The text of a body → data of a call; undefined where it is read as it comes. @throws MALFORMED_BODY, PAYLOAD_TOO_LARGE */
  readonly parse?: (text: string) => unknown
  /** Types that it is answered as, the usual one first. */
  readonly answeredAs: readonly string[]
}

export const JSON_TYPE = 'application/json'
export const PROBLEM = 'application/problem+json'

/** The media type of one version of the API. */
const vendorType = (version: number) => `application/vnd.rachis.v${version}+json`

const VENDOR = /^application\/vnd\.rachis\.v(\d{1,3})\+json\b/i

/**
 * The version that a media type names; undefined for a type that names none.
 *
 * @example vendorVersion('application/vnd.rachis.v2+json; charset=utf-8') // 2
 */
export const vendorVersion = (type: string): number | undefined => {
  const [, version] = VENDOR.exec(type.trim()) ?? []

  return version === undefined ? undefined : Number(version)
}

/** The media types of versions, the oldest first. */
export const vendorTypes = (versions: readonly number[]): string[] => versions.map(vendorType)

const UTF_8 = /^(utf-?8|us-ascii)?$/i
const OBJECT_OR_LIST = /^[ \t\r\n]*[[{]/

/** What to do about bytes of another encoding. */
export const UTF_8_HINT = 'Save the text as UTF-8 before it is sent'

export const malformed = (message: string, hint?: string) => new ApiError('MALFORMED_BODY', { message, hint })

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

/** Records one after the other, which are never one text in memory. */
const recordType = (name: RecordType): MediaType => ({ sentAs: [name], charset: UTF_8, answeredAs: [name] })

/**
 * Media types by the names that operations have for them in `consumes` and `produces`. An operation that takes or answers another
 * form names it there, and the form has its entry here.
 */
export const MEDIA_TYPES: ReadonlyMap<string, MediaType> = new Map<string, MediaType>([
  [
    JSON_TYPE,
    {
      sentAs: ['json', '+json'],
      // Changes to a document (RFC 6902) and an error are no records, though their form is JSON.
      notSentAs: ['application/json-patch+json', PROBLEM],
      // JSON is UTF-8 (RFC 8259, section 8.1): in another charset letters would be kept as U+FFFD.
      charset: UTF_8,
      parse: parseJson,
      answeredAs: [JSON_TYPE, PROBLEM]
    }
  ],
  ...RECORD_TYPES.map((name) => [name, recordType(name)] as const)
])

/** JSON where an operation names none: a body that it ignores, an error in place of an answer that is empty. */
const orJson = (types: readonly string[]): readonly string[] => (types.length > 0 ? types : JSON_ALONE)
const JSON_ALONE: readonly string[] = [JSON_TYPE]

/** What a request may send and accept; undefined where it is answered without a look at either. */
export interface Exchange {
  /** Names of media types. */
  readonly consumes: readonly string[]
  readonly produces: readonly string[]
  /** Whether JSON may be asked for in the types of versions as well; it may unless said. */
  readonly isVersioned?: boolean
}

const JSON_ONLY: Exchange = { consumes: [JSON_TYPE], produces: [JSON_TYPE] }

/** Feathers' own services take and answer JSON. A request that is refused, or whose path is not there, is refused in any case. */
export const exchangeOf = (route: Route | undefined): Exchange | undefined => {
  if (route?.kind === 'service') return JSON_ONLY
  if (route?.kind === 'served') return { ...route, isVersioned: false }
  if (route?.kind !== 'operation') return undefined
  const { consumes, produces } = route.operation

  return { consumes: orJson(consumes), produces: orJson(produces) }
}

/** The types that an answer may be sent as. */
export const answerTypes = (
  { produces, isVersioned = true }: Exchange,
  versions: readonly number[]
): string[] =>
  produces.flatMap((name) => {
    const { answeredAs } = MEDIA_TYPES.get(name) ?? { answeredAs: [name] }
    return isVersioned && name === JSON_TYPE ? [...answeredAs, ...vendorTypes(versions)] : answeredAs
  })
