import type { TSchema } from '@feathersjs/typebox'
import { Type } from '@feathersjs/typebox'
import type { Action, Creation, Report } from '../declare'
import type { DeclaredCache } from '../declare/caching'
import type { Predicate } from '../declare/predicate'
import type { RatePolicy } from '../util/rate-counter'
import type { PageLimits, PagePath } from './pages'

export type Access = 'read' | 'create' | 'update' | 'remove'
/** The lowered rules of a resource. */
export type Rules = Readonly<Record<Access, Predicate>>

/** The lowered rules of one field. */
export interface FieldRules {
  readonly name: string
  readonly read: Predicate
  readonly write: Predicate
}

export type HttpMethod = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** What an address of its own takes or answers: a list in another form of pages, several records, some of a record's fields. */
export type Form = PagePath | 'bulk' | 'select' | 'export' | 'import'

/** What an operation says of itself, so that no reader has to ask which of them it is. */
export interface Facts {
  /** Whether it changes anything. */
  readonly effect: 'read' | 'write'
  /** `record`: it is called on one record, whose id is in the path, or in `data.id` of a method that takes its own input. */
  readonly target: 'collection' | 'record'
  /**
   * What the service method takes besides the id and the parameters: nothing, the fields of a record, or its own `input`. A read takes its
   * input out of the query string.
   */
  readonly data: 'none' | 'fields' | 'input'
  /**
   * What it answers: the record, a page of records, the records that its own code answers, or what `output` says. Records are shown as
   * their reader may see them; an output is shown as it is.
   */
  readonly answers: 'record' | 'page' | 'records' | 'output'
  /** Media types of its body; none where it has no body. */
  readonly consumes: readonly string[]
  /** Media types of its answer; none where it answers nothing. */
  readonly produces: readonly string[]
  /** Records that one call may create, where it takes a list of them as well. */
  readonly batch?: number
  /** The operation on one record that it makes on all that filters find, and on how many at most. */
  readonly many?: { readonly as: 'patch' | 'remove'; readonly most: number }
  /** It answers what is computed of records, by groups of them; besides its input it takes the filters of a list. */
  readonly groups?: true
  /** The limits of the pages that it answers. */
  readonly pages?: PageLimits
  /** The path of a record that it creates. */
  readonly location?: string
  /** Whether its caller may say by `If-Match` of which record they know, or has to: of a write of one record that is held until its end. */
  readonly ifMatch?: 'taken' | 'required'
  /** What of the record the validators of its answer are made from, besides the answer itself. */
  readonly validators?: { readonly version: boolean; readonly modified: boolean }
  /** The event that it adds to the one of the change that it makes. */
  readonly event?: string
}

/** One thing that a client can do with a resource, on whichever transport. */
export interface Operation extends Facts {
  readonly resource: string
  /** Name of the service method. */
  readonly name: string
  /** Where the declaration gives it its name, such as `actions.archive`; undefined for Feathers' own methods. */
  readonly declaredAt?: string
  /** The address of one of its shapes, where it has several: see forms.ts. */
  readonly form?: Form
  readonly http: { readonly method: HttpMethod; readonly path: string; readonly status: number }
  readonly rule: Predicate
  readonly summary: string
  /** Schema of what it takes besides the id and the parameters of queries. */
  readonly input: TSchema
  /** Schema of the answer. Several records that it creates, or a page by numbers, have other addresses: see forms.ts. */
  readonly output: TSchema
  /** Statuses that it may fail with. */
  readonly errors: readonly number[]
  /** It takes what the resource's own list takes as well, except for these parameters, and answers as that does. */
  readonly asList?: { readonly without: readonly string[] }
  readonly transaction: boolean
  /** Bytes that its body may have; undefined where the setting `body_limit` holds. */
  readonly bodyLimit?: number
  /** How many requests of one caller are answered: of its resource, and of itself. */
  readonly rates?: readonly RatePolicy[]
  /** How many requests one call counts for, where it is more than one. */
  readonly cost?: number
  /** For how many seconds its answers may be used again. */
  readonly cache?: DeclaredCache
  /** For those who signed in themselves: no API key can be allowed it. */
  readonly interactiveOnly?: boolean
  /** A link that somebody signed may stand for their token. */
  readonly linkable?: boolean
  readonly run?: Action<unknown, TSchema>['run'] | Creation<TSchema, unknown>['run'] | Report<TSchema>['run']
}

/** An operation before it is told what follows from the rest of it. */
export type Draft = Omit<Operation, 'errors'>

/** The media type of bodies and answers, where nothing else is said. */
export const JSON_TYPE: readonly string[] = ['application/json']

/** The media types of records that are sent one after the other, however many they are, the usual one first. */
export const RECORD_TYPES = ['text/csv', 'application/x-ndjson'] as const
export type RecordType = (typeof RECORD_TYPES)[number]
export const isRecordType = (type: unknown): type is RecordType => RECORD_TYPES.some((one) => one === type)

/** The media type of an answer whose bytes say themselves what they are. */
export const ANY_TYPE: readonly string[] = ['*/*']
/** Whether it answers a `ByteSource`. */
export const answersBytes = ({ produces }: Pick<Operation, 'produces'>): boolean =>
  produces.includes(ANY_TYPE[0]!)

/** The schema of an operation that takes nothing. */
export const NO_INPUT = Type.Object({}, { additionalProperties: false })
