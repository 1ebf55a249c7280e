import type { Readable } from 'stream'
import { createContext } from '@feathersjs/feathers'
import type { HookContext, Params } from '@feathersjs/feathers'
import type { Application, Principal } from '../declare/declarations'
import { serviceAt } from '../declare/service-at'
import type { Model } from '../model/model'
import type { ImportReport } from '../model/import-report'
import type { Operation, RecordType } from '../model/operations'
import type { ListAddress } from '../model/pages'
import type { Allowance } from '../util/allowance'
import type { EncodedText } from '../util/encoded-text'
import type { User } from '../rules/policy'
import type { Receipt } from '../sql/returning'
import type { ApiError } from '../errors/errors'
import type { Answer } from './answer'
import { answerOf } from './answer'
import { cacheRequestOf } from './cached-reads'
import type { PageEdges, Snapshot } from './list-facts'
import type { ResourceParams } from './service-params'

/** What an operation is called with; `target` and `data` of the operation say what of it is taken. Nothing of it is checked yet. */
export interface Given {
  /** The record that it is called on. An operation with an input of its own takes it in `data.id` as well. */
  readonly id?: unknown
  readonly data?: unknown
  readonly query?: Readonly<Record<string, unknown>>
  /** The text that `query` was read from, where it came as a query string and nothing has changed it since. */
  readonly search?: string
  readonly headers?: Readonly<Record<string, string | readonly string[] | undefined>>
  /** What is wrong with the form of the call. The call is refused with it, once it is known that the caller may make such a call. */
  readonly fault?: ApiError
}

/** Who calls, and what is known of them before their credentials are checked. Hooks find it in `params`. */
export interface Caller {
  /** The transport: `rest`, `socketio`. Undefined where the server calls for itself, which is asked for no rights. */
  readonly provider?: string
  /** The credentials, which the call's hooks check. */
  readonly authentication?: unknown
  /** Who they are, where `authenticated` says that it is known already. */
  readonly user?: Principal
  readonly authenticated?: boolean
  /** The address that the call came from. */
  readonly address?: string
  readonly trace_id?: string
  /** The socket that the call came over, for what is kept while it is open. */
  readonly connection?: object
  /** What the request that it came by was counted for; undefined where requests are not limited. */
  readonly allowance?: Allowance
  /** Whether a signed link stands for the credentials. */
  readonly link?: boolean
  /** The version of the API that it is made in; undefined for the present one. */
  readonly version?: number
  readonly watched?: Params['watched']
  /** Where a list was asked, if that is not what its query says. */
  readonly listedAt?: ListAddress
  /** Has a list say which changes it includes. */
  readonly snapshot?: Snapshot
  /** Has a page by cursor say the cursor of each of its records. */
  readonly edges?: PageEdges
}

export type { Answer, Snapshot }

/**
 * Calls an operation. Every transport comes in here, and so under the same rules, limits and hooks.
 *
 * @throws ApiError for whatever is refused, with the trace id of the call
 */
export type Call = (operation: Operation, given: Given, caller: Caller) => Promise<Answer>

/** The answer to a read, with status 200, as a transport sends it. */
export interface TextAnswer {
  /** The header `X-Rachis-Position`. */
  readonly position: string
  /** JSON. */
  readonly text: string
  /** The same, where it may have been sent before. */
  readonly encoded?: EncodedText
  /** The header `Link`. */
  readonly link?: string
  readonly rows?: number
  /** The header `Cache-Status`. */
  readonly cacheStatus?: string
}

/**
 * The same as `Call` for a read whose records nobody needs as objects, which PostgreSQL writes as JSON; undefined for any other call, and
 * for one that is refused: those are left to `Call`.
 *
 * @throws ApiError as `Call` does, once it has begun
 */
export type ReadText = (operation: Operation, given: Given, caller: Caller) => Promise<TextAnswer> | undefined

/** The records of a list, one after the other, in a form that the text of each is complete in itself. */
export interface ExportAnswer {
  readonly headers: Readonly<Record<string, string>>
  /** It fails where the database does, and where it takes too long. */
  readonly texts: AsyncIterable<string>
  /** Ends it, read to the end or not. It has to be called. */
  close(): void
}

/**
 * Reads all records of a list in the form of a media type, under the rules, limits and hooks of the list.
 *
 * @param operation the form `export` of a list
 * @throws ApiError for whatever is refused; what fails once it has begun is thrown by the iteration
 */
export type ExportRecords = (operation: Operation, given: Given, caller: Caller, type: RecordType) => Promise<ExportAnswer> // prettier-ignore

/** A file of records that a client sends, and that is not in memory. */
export interface RecordFile {
  readonly type: RecordType
  /** Waits until all of it is there. @throws PAYLOAD_TOO_LARGE, MALFORMED_BODY for bytes that are no UTF-8 */
  receive(): Promise<ReceivedFile>
}
export interface ReceivedFile {
  readonly sha256: string
  /** Its bytes from the beginning, as often as it is called. */
  open(): Readable
  /** Removes it. */
  remove(): Promise<void>
}

/** How far an import has come. */
export type ImportProgress = Pick<ImportReport, 'rows' | 'created' | 'updated' | 'unchanged' | 'failed'> & { readonly done: number } // prettier-ignore

/** What is called with it: a file in place of data, and whom to tell how far it is. */
export interface ImportGiven extends Pick<Given, 'query' | 'headers' | 'fault'> {
  readonly file: RecordFile
  /** Called when the work begins, and then after each part. */
  readonly onProgress?: (progress: ImportProgress) => void
}

/**
 * Creates the records of a file, or changes those that are there: each under the rules, validators and hooks of `create` and `patch`.
 *
 * @param operation the form `import` of a creation
 * @throws ApiError for whatever is refused; VALIDATION_ERROR with the lines where a record cannot be written and all or none are wanted
 */
export type ImportRecords = (operation: Operation, given: ImportGiven, caller: Caller) => Promise<Answer>

export interface CallOptions {
  /** The present place in the feed; then its token for who reads. Lists and records carry it. */
  readonly place?: () => (user: User) => string
  /** Whether hooks run around all services that are not the engine's: they could answer each caller in another way. */
  readonly hasOtherHooks?: () => boolean
}

const never = () => false

type Token = (user: User) => string

/** Where it was read from a copy, the place is one that the copy has. */
const positionOf = ({ params }: HookContext, token: Token | undefined): string | undefined => {
  const { user = null, source } = params as Caller & Pick<ResourceParams, 'source'>

  return token && (source?.token ?? token)(user)
}

/**
 * Says that a caller has written, whatever came of it; undefined where nobody has to know. Within a transaction nothing is committed yet:
 * whoever has begun it says so at its end.
 */
const writtenBy = (
  app: Application,
  { effect }: Operation,
  caller: Caller & Pick<ResourceParams, 'transaction'>
) => {
  const copies = app.get('replicaReads')
  if (!copies || effect === 'read' || caller.transaction) return undefined

  return (params: object) => copies.wrote(params)
}

type Service = Record<string, (...args: unknown[]) => Promise<HookContext>>

const withId = (data: unknown, id: unknown): unknown =>
  id === undefined || Array.isArray(data) ? data : { ...(data as object | undefined), id }

/** The arguments of the service method, in Feathers' order: id, data, params. */
const argumentsOf = ({ data: takes, target }: Operation, { id, data }: Given, params: object): unknown[] => {
  if (takes === 'input') return [withId(data, id), params]
  const ids = target === 'record' ? [id] : []

  return takes === 'none' ? [...ids, params] : [...ids, data, params]
}

/**
 * The one entrance of calls from outside.
 *
 * @example
 * const call = createCall(app, models)
 * await call(createTask, { data: { title: 'Water the plants' } }, { provider: 'rest', authentication })
 * // { status: 201, headers: { Location: '/api/v1/tasks/7' }, body: { id: 7, title: 'Water the plants', … } }
 */
export const createCall = (
  app: Application,
  models: readonly Model[],
  { place, hasOtherHooks = never }: CallOptions = {}
): Call => {
  const paths = new Map(models.map(({ name, path }) => [name, path]))

  const ownParams = (operation: Operation, given: Given, caller: Caller) => {
    const cacheRequest = hasOtherHooks() ? undefined : cacheRequestOf(operation, given, caller)
    if (cacheRequest) return { cacheRequest }
    // A snapshot is read where changes are, and what is kept where it is known what has changed since.
    const mayReadCopy =
      operation.effect === 'read' && !caller.snapshot && app.get('replicaReads') !== undefined

    return mayReadCopy ? { mayReadCopy } : {}
  }

  return async (operation, given, caller) => {
    // Calls behind the first one of a request, such as those of a batch, have not been counted.
    if (caller.allowance?.take() === false) await app.get('rates')?.charge(caller, { cost: 1, paid: 0 })
    // Known before the statement is sent: what it reads includes all changes up to there.
    const token = operation.effect === 'read' && operation.data !== 'input' ? place?.() : undefined
    const service = serviceAt<Service>(app, paths.get(operation.resource)!)
    const { query = {}, headers = {} } = given
    const receipt: Receipt = {}
    const { fault } = given
    const more = fault ? { fault } : ownParams(operation, given, caller)
    const own = { receipt, called: operation, ...more }
    const args = argumentsOf(operation, given, { query, headers, ...caller, ...own })
    const context = createContext(service as never, operation.name, { http: {} })
    const written = writtenBy(app, operation, caller)

    const called = service[operation.name]!(...args, context)
    const done = await (written ? called.finally(() => written(context.params)) : called)

    return answerOf(operation, done, { position: positionOf(done, token), tx: receipt.tx })
  }
}

declare module '../declare/declarations' {
  interface Configuration {
    call: Call
    exportRecords: ExportRecords
    importRecords: ImportRecords
    /** Undefined where answers tell more than this one can, as the times of stages while developing. */
    readText?: ReadText
  }
}
