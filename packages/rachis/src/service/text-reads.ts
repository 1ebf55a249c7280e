import type { Application, Principal } from '../declare/declarations'
import type { Model } from '../model/model'
import type { Operation } from '../model/operations'
import type { User } from '../rules/policy'
import type { RateLimits } from '../rules/rate-limits'
import type { Admit, CallDatabase, Row } from '../sql/database'
import type { Caller, Given, ReadText, TextAnswer } from './call'
import type { CacheRequest } from './answer-cache'
import { cacheRequestOf } from './cached-reads'
import type { AccessTo } from './hooks/authorize'
import { accessTo } from './hooks/authorize'
import { limitRate } from './hooks/limit-rate'
import type { Hook } from './hooks/context'
import { sourceFor } from './hooks/read-source'
import { KeptReads } from './kept-reads'
import type { PoolShares } from './pool-shares'
import type { ReadSource } from './replica/source'
import { contextOf } from './hooks/context'
import type { ResourceParams } from './service-params'
import type { PrepareText, TextBody, TextRead } from './text-statements'
import { pagePreparation, recordPreparation } from './text-statements'

/** A resource whose records may be read as text. */
export interface Readable {
  readonly model: Model
  readonly database: CallDatabase
  /** Undefined where requests are not limited. */
  readonly rates?: RateLimits
  /** Whether hooks run behind the pipeline of its service. */
  readonly hasOtherHooks: () => boolean
}

/** An operation that reads records, and how. */
interface Reading extends Readable {
  readonly operation: Operation
  readonly limit?: Hook
  readonly accessTo: AccessTo
  readonly prepare: PrepareText
  readonly kept: KeptReads
}

export interface TextReadOptions {
  /** The present place in the feed; then its token for who reads. */
  readonly place: () => (user: User) => string
  /** Makes errors of the catalogue of all failures, as it does around every service. */
  readonly errors: Hook
  /** Whether hooks run around all services that are not the engine's. */
  readonly hasOtherHooks: () => boolean
}

type TextParams = Caller & ResourceParams

/** What a read is called with. Its query is read only where somebody asks for it: of a list that is kept nobody does. */
class UnreadParams {
  readonly headers: Given['headers']
  // Not copied along with the rest.
  readonly #given: Given

  constructor(
    given: Given,
    readonly called: Operation
  ) {
    this.headers = given.headers
    this.#given = given
  }

  get query() {
    return this.#given.query
  }
}

const paramsOf = (called: Operation, given: Given, caller: Caller) =>
  Object.assign(new UnreadParams(given, called), caller) as TextParams

/** What waits for a share of a caller and the table of a model. */
const admission =
  (shares: PoolShares, { path }: Model, caller: Caller): Admit =>
  (work) =>
    shares.run({ table: path }, caller, work)

const nothingElse = async () => undefined

const PREPARATIONS: Readonly<Record<string, (model: Model) => PrepareText>> = {
  find: pagePreparation,
  get: recordPreparation
}

/** What a query string asks for: the same text means another page at another address, or in another version. */
const askedBy = ({ name, form }: Operation, { search }: Given, version = 1): string | undefined =>
  search === undefined || name !== 'find' ? undefined : `${version}/${form ?? ''}?${search}`

/** Undefined also for what is refused: the chain refuses it again, and in its order. */
const prepared = (
  { prepare, accessTo: access, operation, kept }: Reading,
  asked: string | undefined,
  given: Given,
  { user, version }: { readonly user: User; readonly version?: number }
) => {
  try {
    const own = access(operation, user)
    // Which fields of a record are shown is asked of each row in memory.
    if (own.masks.size > 0) return undefined

    return kept.of(own, asked, () => prepare(given, { user, version, access: own }))
  } catch {
    return undefined
  }
}

/**
 * Reads whose answers PostgreSQL writes as JSON, and which no code of ours turns into objects and back. They are those of which the
 * operation, the caller and the query prove that the chain of hooks has nothing to do but what is done here by the functions of its
 * stages: authorize, read the query, wait for a share of the database, read. Everything else is left to the chain: hooks of an
 * application or a declaration, related records, fields that are shown of some records only, and whatever is refused.
 */
export class TextReads {
  /** By the resource, then by the name of the operation: its forms have the same. */
  private readonly readings = new Map<string, ReadonlyMap<string, Reading>>()
  private readonly kept = new KeptReads()

  constructor(
    private readonly app: Application,
    private readonly options: TextReadOptions
  ) {}

  add(readable: Readable): void {
    const { model } = readable
    const reads = model.operations.filter(({ name, data }) => data === 'none' && name in PREPARATIONS)
    const shared = { ...readable, accessTo: accessTo(model) }
    const readings = reads.map((operation): [string, Reading] => [
      operation.name,
      {
        ...shared,
        operation,
        limit: limitRate(readable, operation.name),
        prepare: PREPARATIONS[operation.name]!(model),
        kept: this.kept
      }
    ])
    if (model.source) this.readings.set(model.name, new Map(readings))
  }

  readonly read: ReadText = (operation, given, caller) => {
    if (given.fault) return undefined
    const reading = this.readings.get(operation.resource)?.get(operation.name)
    const hasHooks = !reading || reading.hasOtherHooks() || this.options.hasOtherHooks()
    const user = hasHooks ? undefined : this.userOf(caller)
    const { version } = caller
    const asked = askedBy(operation, given, version)
    const read = user === undefined ? undefined : prepared(reading!, asked, given, { user, version })

    if (!read) return undefined
    const params = paramsOf(operation, given, { ...caller, ...(user ? { user } : {}) })

    return this.answer(reading!, read, params, cacheRequestOf(operation, given, caller))
  }

  /** Who calls; undefined where that has to be asked of the database, or where a link stands for it. */
  private userOf({ authentication, link }: Caller): Principal | null | undefined {
    if (link) return undefined

    return authentication ? this.app.get('identity').known?.(authentication) : null
  }

  private async answer(
    reading: Reading,
    read: TextRead,
    params: TextParams,
    request: CacheRequest | undefined
  ): Promise<TextAnswer> {
    const { model, operation } = reading
    const context = contextOf(this.app, { path: model.path, method: operation.name, params })
    // Known before the statement is sent: what it reads includes all changes up to there.
    const token = this.options.place()
    try {
      await reading.limit?.(context, nothingElse)
      const source = request ? undefined : await this.sourceOf(reading, params)
      const load = async () => read.bodyOf(await this.run(reading, read, params, source))
      const body = await this.cachedBody(read, request, load)

      if (params.watched) Object.assign(params.watched, { user_id: params.user?.id, rows: body.rows })

      return { position: (source?.token ?? token)(params.user ?? null), ...body }
    } catch (thrown) {
      await this.options.errors(context, () => Promise.reject(thrown))
      throw thrown
    }
  }

  /** Undefined for the primary. */
  private async sourceOf({ model }: Reading, params: TextParams): Promise<ReadSource | undefined> {
    const reads = this.app.get('replicaReads')
    const admit = admission(this.app.get('shares'), model, params)
    return reads && sourceFor(reads, params, model.name, admit)
  }

  private async cachedBody(
    { resources }: TextRead,
    request: CacheRequest | undefined,
    load: () => Promise<TextBody>
  ): Promise<Omit<TextAnswer, 'position'>> {
    const cache = request && this.app.get('answerCache')
    if (!cache) return load()
    const { text, link, status } = await cache.serve(request, async () => {
      const { text, link } = await load()

      return { text, link, resources: resources() }
    })

    return { text, link, cacheStatus: status }
  }

  /** A statement that finds its record by the key waits for a share only where it takes a connection of the pool. */
  private run(
    { model, database }: Reading,
    { statement, isByKey }: TextRead,
    caller: Caller,
    source: ReadSource | undefined
  ): Promise<Row[]> {
    const admit = admission(source?.shares ?? this.app.get('shares'), model, caller)
    if (source) return admit(() => source.query(statement))
    if (isByKey) return database.sendOne({ ...statement, effect: 'read' }, admit)

    return admit(() => database.query(statement))
  }
}
